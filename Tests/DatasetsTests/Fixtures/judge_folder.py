"""What Pillow makes of all JPEG, PNG and WebP files below a folder, for DecoderTests to compare with:

    python3 judge_folder.py FOLDER > pictures.bin
    PICTURES=$PWD/pictures.bin swift test -c release --filter DecoderTests

Records as in images.bin (make_images.py); of a file that Pillow refuses the size is 0/0/0. Made for Pillow's own Tests/images.
"""

import io
import pathlib
import sys
import warnings

import numpy as np
from PIL import Image, ImageOps

warnings.simplefilter("ignore")


def judged(file):
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            rgba = image.convert("RGBA")
            image = Image.new("RGB", rgba.size, "white")
            image.paste(rgba, mask=rgba.getchannel("A"))
        return np.asarray(image.convert("RGB"))
    except Exception:
        return np.zeros((0, 0, 0), np.uint8)


root = pathlib.Path(sys.argv[1])
for path in sorted(root.rglob("*")):
    file = path.read_bytes() if path.is_file() else b""
    is_webp = file[:4] == b"RIFF" and file[8:12] == b"WEBP"
    if file.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or is_webp:
        pixels = judged(file)
        height, width, channels = pixels.shape
        name = str(path.relative_to(root)).replace("/", "~")
        line = f"{name}/{len(file)}/{height}/{width}/{channels}\n"
        sys.stdout.buffer.write(line.encode() + file + pixels.tobytes())
