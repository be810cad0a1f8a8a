"""What Pillow makes of all picture files below a folder, of the formats that are read, for DecoderTests to compare with:

    python3 judge_folder.py FOLDER > pictures.bin     all; or of some formats alone: judge_folder.py FOLDER TIFF GIF …
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


def format_of(file):
    if file.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if file.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if file[:4] == b"RIFF" and file[8:12] == b"WEBP":
        return "WEBP"
    if file.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if file.startswith(b"BM"):
        return "BMP"
    if file.startswith(b"GIF8"):
        return "GIF"
    if file[:1] == b"P" and file[1:2] in b"123456" and file[2:3].isspace():
        return "PNM"
    if file[4:8] == b"ftyp":
        return "HEIF"
    return None


try:
    # Pillow itself reads AVIF, but not HEIC.
    import pillow_heif

    pillow_heif.register_heif_opener()
except ImportError:
    pass

root = pathlib.Path(sys.argv[1])
formats = sys.argv[2:]
for path in sorted(root.rglob("*")):
    file = path.read_bytes() if path.is_file() else b""
    format = format_of(file)
    if format and (not formats or format in formats):
        pixels = judged(file)
        height, width, channels = pixels.shape
        name = str(path.relative_to(root)).replace("/", "~")
        line = f"{name}/{len(file)}/{height}/{width}/{channels}\n"
        sys.stdout.buffer.write(line.encode() + file + pixels.tobytes())
