"""Makes the fixtures of DatasetsTests. Run it in this folder; made with Pillow 13.0.

table.csv.gz: a table in three gzip members.
digit-recognizer.zip: Kaggle's download in small. train.csv.zip: its first table alone.
animation.webp: two pictures in one file.
bomb.png: a small file whose header promises 65,535 × 65,535 pixels.
text.png: one pixel, and a text of 8 MB, deflated.
reduced.bin: JPEGs and what Pillow decodes them to at a part of their size, in records as in images.bin, whose line has
the size that the picture is decoded for, too.
oriented.bin: PNG, WebP and JPEG that EXIF or XMP turns, and animations, of which the first frame counts, in records as in
images.bin.
images.bin: picture files and what Pillow decodes them to. A run of records: a line with the name, the file's size, and
the height, width and channels of the result, then the file, then the result's pixels.
"""

import gzip
import io
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

# TableTests' sample(rows: 300), gzipped in three members.
rows = [f"{row % 256},1,2,255,{row % 3}\n" for row in range(300)]
with open("table.csv.gz", "wb") as file:
    for start in range(0, 300, 100):
        file.write(gzip.compress("".join(rows[start : start + 100]).encode(), mtime=0))

header = "pixel0,pixel1,pixel2,pixel3\n"
tables = {
    "sample_submission.csv": "ImageId,Label\n1,0\n2,0\n",
    "test.csv": header + "1,2,3,4\n5,6,7,8\n",
    "train.csv": "label," + header + "7,0,9,0,0\n9,0,0,8,0\n" * 10,
}
for name, members in [("digit-recognizer.zip", list(tables)), ("train.csv.zip", ["train.csv"])]:
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(zipfile.ZipInfo(member), tables[member], zipfile.ZIP_DEFLATED)

HEIGHT, WIDTH = 19, 29


def photograph(channels, bits=8, height=HEIGHT, width=WIDTH):
    """Shading, edges and noise over the whole range: height × width × channels."""
    rng = np.random.default_rng(channels)
    y, x = np.mgrid[0:height, 0:width] / 8.0
    planes = [np.sin(x + c) * np.cos(y - c) + 0.6 * (x > 1.5 + c / 4) for c in range(channels)]
    picture = np.stack(planes, -1) + rng.normal(0, 0.1, (height, width, channels))
    picture = (picture - picture.min()) / (picture.max() - picture.min())
    return np.round(picture * (2**bits - 1)).astype(np.uint16)


def over_white(pixels):
    """RGBA or grey and alpha over white, as Pillow pastes it."""
    rgba = Image.fromarray(pixels if pixels.shape[-1] == 4 else pixels[..., [0, 0, 0, 1]])
    white = Image.new("RGB", rgba.size, "white")
    white.paste(rgba, mask=rgba.getchannel("A"))
    result = np.asarray(white)
    return result if pixels.shape[-1] == 4 else result[..., :1]


def png(pixels, bits, colour, interlaced=False, chunks=()):
    """A PNG file, written plainly. Pillow writes neither interlaced files nor 16-bit colour."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def packed(part):
        if bits == 16:
            lines = [line.astype(">u2").tobytes() for line in part]
        else:
            ones = np.unpackbits(part.astype(np.uint8)[..., None], axis=-1)[..., 8 - bits :]
            lines = [np.packbits(line.reshape(-1)).tobytes() for line in ones]
        return b"".join(b"\0" + line for line in lines)

    height, width = pixels.shape[:2]
    adam7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    parts = [pixels[y::down, x::right] for y, x, down, right in adam7] if interlaced else [pixels]
    data = b"".join(packed(part) for part in parts if part.size)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced))
    body = b"".join(chunk(*c) for c in chunks)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    )


def saved(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def decoded(file, mode="RGB"):
    pixels = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert(mode))
    return pixels[..., None] if mode == "L" else pixels


def jpegs():
    colour = Image.fromarray(photograph(3).astype(np.uint8))
    grey = colour.convert("L")
    for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
        file = saved(colour, "JPEG", quality=85, subsampling=subsampling)
        yield f"ycbcr {subsampling}.jpg", file, decoded(file)
    for name, options in [("progressive", {"progressive": True}), ("rgb", {"keep_rgb": True})]:
        file = saved(colour, "JPEG", **options)
        yield f"{name}.jpg", file, decoded(file)
    file = saved(grey, "JPEG")
    yield "grey.jpg", file, decoded(file, "L")
    file = saved(Image.fromarray(photograph(4).astype(np.uint8), "CMYK"), "JPEG")
    yield "cmyk.jpg", file, decoded(file)
    # Pillow writes no YCCK: the same file with the Adobe marker's transform set to 2 is one.
    assert file.count(b"Adobe") == 1
    at = file.index(b"Adobe") + 11
    file = file[:at] + b"\2" + file[at + 1 :]
    yield "ycck.jpg", file, decoded(file)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010F] = "a camera's maker"
        if orientation % 2:
            exif.endian = ">"
        file = saved(colour if orientation < 5 else grey, "JPEG", exif=exif)
        yield f"orientation {orientation}.jpg", file, decoded(file, "RGB" if orientation < 5 else "L")


def pngs():
    for bits in (1, 2, 4, 8):
        pixels = photograph(1, bits)
        file = png(pixels, bits, 0, interlaced=bits == 2)
        yield f"grey {bits}.png", file, decoded(file, "L")
        palette = photograph(3).reshape(-1, 3)[: 2**bits].astype(np.uint8)
        file = png(pixels, bits, 3, interlaced=bits == 4, chunks=[(b"PLTE", palette.tobytes())])
        yield f"palette {bits}.png", file, decoded(file)
        alpha = np.linspace(0, 255, 2**bits).astype(np.uint8)
        file = png(pixels, bits, 3, chunks=[(b"PLTE", palette.tobytes()), (b"tRNS", alpha.tobytes())])
        yield f"palette {bits} transparent.png", file, over_white(decoded(file, "RGBA"))
    for bits in (8, 16):
        for interlaced in (False, True):
            suffix = f"{bits}{' interlaced' * interlaced}.png"
            shift = bits - 8
            colour, faint, ghost = photograph(3, bits), photograph(4, bits), photograph(2, bits)
            # A gamma that is not applied.
            file = png(colour, bits, 2, interlaced, [(b"gAMA", struct.pack(">I", 100000))])
            yield f"rgb {suffix}", file, decoded(file)
            file = png(faint, bits, 6, interlaced)
            yield f"rgba {suffix}", file, over_white(decoded(file, "RGBA"))
            file = png(ghost, bits, 4, interlaced)
            yield f"grey and alpha {suffix}", file, over_white((ghost >> shift).astype(np.uint8))
    deep = photograph(1, 16)
    yield "grey 16.png", png(deep, 16, 0), (deep >> 8).astype(np.uint8)
    # Filters other than none, and a colour that is transparent.
    colour = Image.fromarray(photograph(3).astype(np.uint8))
    file = saved(colour, "PNG", transparency=colour.getpixel((3, 4)))
    yield "rgb, one colour transparent.png", file, over_white(decoded(file, "RGBA"))


def webps():
    colour, faint = photograph(3).astype(np.uint8), photograph(4).astype(np.uint8)
    for lossless in (False, True):
        suffix = f"{'lossless' if lossless else 'lossy'}.webp"
        file = saved(Image.fromarray(colour), "WEBP", lossless=lossless)
        yield f"rgb {suffix}", file, decoded(file)
        file = saved(Image.fromarray(faint), "WEBP", lossless=lossless)
        yield f"rgba {suffix}", file, over_white(decoded(file, "RGBA"))


with open("images.bin", "wb") as out:
    for name, file, pixels in [*jpegs(), *pngs(), *webps()]:
        height, width, channels = pixels.shape
        out.write(f"{name}/{len(file)}/{height}/{width}/{channels}\n".encode() + file + pixels.tobytes())



def reduced():
    """JPEGs of 48×64, decoded for a square of `side`; the factor is the largest that leaves three times as much."""
    sideways = Image.Exif()
    sideways[0x0112] = 6
    for height, side, factor, exif in [(48, 2, 8, None), (48, 3, 4, sideways), (48, 8, 2, None), (48, 9, 1, None), (47, 2, 1, None)]:
        picture = Image.fromarray(photograph(3, height=height, width=64).astype(np.uint8))
        file = saved(picture, "JPEG", exif=exif or Image.Exif())
        image = Image.open(io.BytesIO(file))
        image.draft("RGB", (64 // factor, height // factor))
        yield f"{height} for {side}.jpg", file, np.asarray(ImageOps.exif_transpose(image)), side


with open("reduced.bin", "wb") as out:
    for name, file, pixels, side in reduced():
        height, width, channels = pixels.shape
        out.write(f"{name}/{len(file)}/{height}/{width}/{channels}/{side}\n".encode() + file + pixels.tobytes())

def oriented():
    """Small pictures that are turned by what Pillow reads: EXIF, or else XMP, wherever formats have it."""
    colour = Image.fromarray(photograph(3, height=5, width=7).astype(np.uint8))
    faint = Image.fromarray(photograph(4, height=5, width=7).astype(np.uint8))

    def exif(orientation):
        data = Image.Exif()
        data[0x0112] = orientation
        if orientation % 2:
            data.endian = ">"
        return data

    def text(key, value, packed):
        info = PngImagePlugin.PngInfo()
        (info.add_itxt if key.startswith("XML") else info.add_text)(key, value, zip=packed)
        return info

    for orientation in range(1, 9):
        element = f"<x><tiff:Orientation>{orientation}</tiff:Orientation></x>"
        attribute = f'<x tiff:Orientation="{orientation}"/>'
        other = exif(orientation % 8 + 1)
        packed = orientation % 2 == 0
        profile = exif(orientation).tobytes()
        profile = f"\nexif\n{len(profile):8}\n{profile.hex()}\n"
        yield f"exif {orientation}.png", saved(colour, "PNG", exif=exif(orientation)), "RGB"
        yield f"raw profile {orientation}.png", saved(colour, "PNG", pnginfo=text("Raw profile type exif", profile, packed)), "RGB"
        yield f"xmp {orientation}.png", saved(colour, "PNG", pnginfo=text("XML:com.adobe.xmp", attribute, packed)), "RGB"
        yield f"exif {orientation}.webp", saved(colour, "WEBP", lossless=packed, exif=exif(orientation)), "RGB"
        yield f"xmp {orientation}.webp", saved(faint, "WEBP", lossless=packed, xmp=element.encode()), "RGBA"
        yield f"xmp {orientation}.jpg", saved(colour, "JPEG", xmp=attribute.encode()), "RGB"
        # EXIF counts before XMP.
        file = saved(colour, "PNG", exif=other, pnginfo=text("XML:com.adobe.xmp", attribute, packed))
        yield f"exif and xmp {orientation}.png", file, "RGB"
        yield f"exif and xmp {orientation}.jpg", saved(colour, "JPEG", exif=other, xmp=attribute.encode()), "RGB"
    # An orientation that is none, and one that is a long number, as the standard does not have it.
    yield "exif 9.png", saved(colour, "PNG", exif=exif(9)), "RGB"
    long = b"Exif\0\0MM" + struct.pack(">HIHHHIII", 42, 8, 1, 0x112, 4, 1, 6, 0)
    yield "long.jpg", saved(colour, "JPEG", exif=long), "RGB"
    # What is no number hides XMP all the same.
    byte = b"Exif\0\0II" + struct.pack("<HIHHHIII", 42, 8, 1, 0x112, 1, 1, 6, 0)
    yield "byte.jpg", saved(colour, "JPEG", exif=byte, xmp=b'tiff:Orientation="6"'), "RGB"


def animations():
    colour = [Image.fromarray(photograph(3, height=9, width=7)[i : i + 7].astype(np.uint8)) for i in range(2)]
    faint = [Image.fromarray(photograph(4, height=9, width=7)[i : i + 7].astype(np.uint8)) for i in range(2)]
    patch = Image.new("RGBA", (7, 7), (0, 0, 0, 0))
    patch.paste(faint[0].crop((0, 0, 3, 4)), (2, 2))
    for lossless in (False, True):
        suffix = "lossless" if lossless else "lossy"
        for name, frames, mode in [("colour", colour, "RGB"), ("faint", faint, "RGBA"), ("patch", [patch, faint[1]], "RGBA")]:
            options = {"save_all": True, "append_images": frames[1:], "lossless": lossless}
            exif = Image.Exif()
            exif[0x0112] = 6
            yield f"animation {name} {suffix}.webp", saved(frames[0], "WEBP", exif=exif, **options), mode


with open("oriented.bin", "wb") as out:
    for name, file, mode in [*oriented(), *animations()]:
        pixels = over_white(decoded(file, mode)) if mode == "RGBA" else decoded(file)
        height, width, channels = pixels.shape
        out.write(f"{name}/{len(file)}/{height}/{width}/{channels}\n".encode() + file + pixels.tobytes())

bomb = png(np.zeros((1, 1), np.uint16), 8, 0)
header = b"IHDR" + struct.pack(">II", 65535, 65535) + bomb[24:29]
with open("bomb.png", "wb") as out:
    out.write(bomb[:12] + header + struct.pack(">I", zlib.crc32(header)) + bomb[33:])

text = b"Comment\0\0" + zlib.compress(b"A" * 7_900_000, 9)
with open("text.png", "wb") as out:
    out.write(png(np.zeros((1, 1), np.uint16), 8, 0, chunks=[(b"zTXt", text)]))

frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
frames[0].save("animation.webp", save_all=True, append_images=frames[1:])
