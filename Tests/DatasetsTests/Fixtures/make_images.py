"""Makes the fixtures of DatasetsTests. Run it in this folder; made with Pillow 13.0."""

import gzip

# TableTests' sample(rows: 300), gzipped in three members.
rows = [f"{row % 256},1,2,255,{row % 3}\n" for row in range(300)]
with open("table.csv.gz", "wb") as file:
    for start in range(0, 300, 100):
        file.write(gzip.compress("".join(rows[start : start + 100]).encode(), mtime=0))
