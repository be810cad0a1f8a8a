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
formats.bin: BMP, GIF, TIFF and PNM, in records as in images.bin.
heif.bin: HEIC and AVIF, which decoders round in ways of their own, in such records. Takes pillow-heif, too.
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


def bmp(bits, rows, palette=None, masks=None, compression=0, data=None, header=40, top_down=False):
    """A bitmap, written plainly: `rows` are lists of values of a pixel, from the top."""
    height, width = len(rows), len(rows[0])
    if data is None:
        lines = []
        for row in rows if top_down else rows[::-1]:
            digits = "".join(f"{value:0{bits}b}" for value in row) if bits < 8 else ""
            line = bytes(int(digits[i : i + 8].ljust(8, "0"), 2) for i in range(0, len(digits), 8))
            if bits >= 8:
                line = b"".join(int(value).to_bytes(bits // 8, "little") for value in row)
            lines.append(line + b"\0" * (-len(line) % 4))
        data = b"".join(lines)
    info = struct.pack("<iiHHIIiiII", width, -height if top_down else height, 1, bits, compression, len(data), 0, 0, len(palette or []), 0)
    if header == 12:
        info = struct.pack("<HHHH", width, height, 1, bits)
    if masks:
        info += struct.pack(f"<{len(masks)}I", *masks)
    size = header if header != 40 or not masks else 40
    info = struct.pack("<I", size) + info.ljust(header - 4, b"\0")
    colours = b"".join(bytes(c[::-1]) + (b"" if header == 12 else b"\0") for c in palette or [])
    offset = 14 + len(info) + len(colours)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + info + colours + data


def bmps():
    rng = np.random.default_rng(5)
    for bits in (1, 4, 8):
        palette = rng.integers(0, 256, (2**bits, 3)).tolist()
        rows = rng.integers(0, 2**bits, (5, 13)).tolist()
        yield f"{bits} bits.bmp", bmp(bits, rows, palette), "RGB"
        yield f"{bits} bits, top down.bmp", bmp(bits, rows, palette, top_down=True), "RGB"
        yield f"{bits} bits, OS2.bmp", bmp(bits, rows, palette, header=12), "RGB"
    for bits in (16, 24, 32):
        rows = rng.integers(0, 2**bits, (5, 7)).tolist()
        yield f"{bits} bits.bmp", bmp(bits, rows), "RGB"
        yield f"{bits} bits, top down.bmp", bmp(bits, rows, top_down=True), "RGB"
    rows = rng.integers(0, 2**16, (5, 7)).tolist()
    yield "565.bmp", bmp(16, rows, masks=(0xF800, 0x7E0, 0x1F), compression=3), "RGB"
    rows = rng.integers(0, 2**32, (5, 7)).tolist()
    yield "bgrx.bmp", bmp(32, rows, masks=(0xFF000000, 0xFF0000, 0xFF00), compression=3), "RGB"
    yield "bgra.bmp", bmp(32, rows, masks=(0xFF0000, 0xFF00, 0xFF, 0xFF000000), compression=3, header=56), "RGBA"
    palette = rng.integers(0, 256, (9, 3)).tolist()
    rows = rng.integers(0, 12, (5, 7)).tolist()
    yield "short palette.bmp", bmp(8, rows, palette), "RGB"
    ramp = [[i, i, i] for i in range(9)]
    yield "grey palette.bmp", bmp(8, rows, ramp), "RGB"
    palette = rng.integers(0, 256, (16, 3)).tolist()
    # A run, literals of an odd number, the end of the row; a run, a move; runs, the end of the bitmap.
    runs8 = bytes([3, 7, 0, 3, 1, 2, 3, 0, 0, 0, 2, 9, 0, 2, 1, 1, 4, 3, 0, 0, 7, 15, 0, 1])
    yield "runs of 8 bits.bmp", bmp(8, [[0] * 7] * 4, palette, compression=1, data=runs8), "RGB"
    runs4 = bytes([3, 0x7A, 0, 3, 0x12, 0x30, 0, 0, 2, 0x9B, 0, 2, 1, 1, 4, 0x35, 0, 0, 7, 0xF1, 0, 1])
    yield "runs of 4 bits.bmp", bmp(4, [[0] * 7] * 4, palette, compression=2, data=runs4), "RGB"


def pnms():
    rng = np.random.default_rng(6)
    grey, colour = rng.integers(0, 256, (5, 7)), rng.integers(0, 256, (5, 7, 3))
    # One digit, of which no part is another number.
    grey[-1, -1] = colour[-1, -1, -1] = 7
    text = lambda values: "\n".join(" ".join(map(str, row)) for row in values.reshape(len(values), -1)).encode()
    bits = grey >> 7
    yield "P1.pbm", b"P1\n# a comment\n7 5\n" + text(bits).replace(b" ", b""), "L"
    yield "P2.pgm", b"P2 7 5 # a comment\n100\n" + text(grey * 100 // 255), "L"
    yield "P3.ppm", b"P3\n7\n5\n255\n" + text(colour), "RGB"
    yield "P4.pbm", b"P4\n7 5\n" + np.packbits(bits, axis=1).tobytes(), "L"
    yield "P5.pgm", b"P5\n7 5\n255\n" + grey.astype(np.uint8).tobytes(), "L"
    yield "P5, 100.pgm", b"P5 7 5 100\n" + (grey * 120 // 255).astype(np.uint8).tobytes(), "L"
    yield "P6.ppm", b"P6\n# a comment\n7 5\n255\n" + colour.astype(np.uint8).tobytes(), "RGB"
    yield "P6, 1000.ppm", b"P6 7 5 1000\n" + (colour * 1000 // 255).astype(">u2").tobytes(), "RGB"


def gifs():
    rng = np.random.default_rng(7)
    picture = Image.fromarray(rng.integers(0, 20, (9, 13)).astype(np.uint8), "P")
    picture.putpalette(rng.integers(0, 256, 60).astype(np.uint8).tobytes())
    yield "palette.gif", saved(picture, "GIF", interlace=0), "RGB"
    yield "interlaced.gif", saved(picture, "GIF", interlace=1), "RGB"
    yield "transparent.gif", saved(picture, "GIF", transparency=3), "RGBA"
    yield "grey.gif", saved(Image.fromarray(rng.integers(0, 256, (9, 13)).astype(np.uint8)), "GIF"), "RGB"
    frames = {"save_all": True, "append_images": [picture.transpose(Image.Transpose.ROTATE_180)]}
    yield "animation.gif", saved(picture, "GIF", **frames), "RGB"
    # The first frame at (2, 1) of a canvas that is larger than it; and of one that is smaller.
    file = saved(picture, "GIF", interlace=0)
    at = file.index(b"," + struct.pack("<HHHH", 0, 0, 13, 9))
    moved = file[:at] + b"," + struct.pack("<HH", 2, 1) + file[at + 5 :]
    yield "on a canvas.gif", moved[:6] + struct.pack("<HH", 17, 12) + moved[10:], "RGB"
    yield "beyond a canvas.gif", moved[:6] + struct.pack("<HH", 3, 4) + moved[10:], "RGB"


def tiff(pixels, photometric, bits=8, big_endian=False, tile=None, planar=False, extra=(), orientation=None):
    """A TIFF file, written plainly and uncompressed: Pillow writes no tiles, planes or 16-bit colour."""
    order = ">" if big_endian else "<"
    height, width, samples = pixels.shape
    stored = pixels.astype(f"{order}u2" if bits == 16 else np.uint8)
    planes = [stored[..., i : i + 1] for i in range(samples)] if planar else [stored]
    blocks = []
    for plane in planes:
        if tile is None:
            blocks += [plane[y : y + 4].tobytes() for y in range(0, height, 4)]
        else:
            padded = np.zeros((-(-height // tile) * tile, -(-width // tile) * tile, plane.shape[2]), stored.dtype)
            padded[:height, :width] = plane
            blocks += [padded[y : y + tile, x : x + tile].tobytes() for y in range(0, height, tile) for x in range(0, width, tile)]
    offsets = [8 + sum(map(len, blocks[:i])) for i in range(len(blocks))]
    counts = list(map(len, blocks))
    tags = [(256, [width]), (257, [height]), (258, [bits] * samples), (259, [1]), (262, [photometric]), (277, [samples]), (284, [2 if planar else 1])]
    tags += [(273, offsets), (278, [4]), (279, counts)] if tile is None else [(322, [tile]), (323, [tile]), (324, offsets), (325, counts)]
    tags += [(338, list(extra))] * bool(extra) + [(274, [orientation])] * bool(orientation)
    body = b"".join(blocks)
    body += b"\0" * (len(body) % 2)
    longs, entries = b"", b""
    for tag, values in sorted(tags):
        value = struct.pack(f"{order}{len(values)}I", *values)
        if len(values) > 1:
            longs, value = longs + value, struct.pack(f"{order}I", 8 + len(body) + len(longs))
        entries += struct.pack(f"{order}HHI", tag, 4, len(values)) + value
    directory = struct.pack(f"{order}H", len(tags)) + entries + b"\0\0\0\0"
    head = (b"MM" if big_endian else b"II") + struct.pack(f"{order}HI", 42, 8 + len(body) + len(longs))
    return head + body + longs + directory


def tiffs():
    colour, grey = (Image.fromarray(photograph(c, height=9, width=13).astype(np.uint8).squeeze()) for c in (3, 1))
    faint = Image.fromarray(photograph(4, height=9, width=13).astype(np.uint8))
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield f"rgb {compression}.tif", saved(colour, "TIFF", compression=compression), "RGB"
        yield f"grey {compression}.tif", saved(grey, "TIFF", compression=compression), "L"
    for compression in ("raw", "group3", "group4"):
        yield f"1 bit {compression}.tif", saved(grey.convert("1"), "TIFF", compression=compression), "L"
    yield "palette.tif", saved(colour.quantize(20), "TIFF", compression="tiff_lzw"), "RGB"
    yield "cmyk.tif", saved(Image.fromarray(photograph(4, height=9, width=13).astype(np.uint8), "CMYK"), "TIFF"), "RGB"
    yield "rgba.tif", saved(faint, "TIFF", compression="tiff_lzw"), "RGBA"
    yield "grey and alpha.tif", saved(faint.convert("LA"), "TIFF"), "RGBA"
    yield "big.tif", saved(colour, "TIFF", big_tiff=True), "RGB"
    yield "ycbcr.tif", saved(colour.convert("YCbCr"), "TIFF", compression="jpeg"), "RGB"
    pages = {"save_all": True, "append_images": [grey]}
    yield "two pages.tif", saved(colour, "TIFF", **pages), "RGB"
    pixels, alpha = photograph(3, height=9, width=13), photograph(4, height=9, width=13)
    deep = photograph(3, 16, height=9, width=13)
    yield "tiles.tif", tiff(pixels, 2, tile=16), "RGB"
    yield "planes.tif", tiff(pixels, 2, planar=True, big_endian=True), "RGB"
    yield "tiles of planes.tif", tiff(pixels, 2, tile=16, planar=True), "RGB"
    yield "rgb 16.tif", tiff(deep, 2, bits=16), "RGB"
    yield "rgb 16, big-endian.tif", tiff(deep, 2, bits=16, big_endian=True, tile=16), "RGB"
    yield "multiplied by alpha.tif", tiff(alpha, 2, extra=[1]), "RGBA"
    yield "an extra sample.tif", tiff(alpha, 2, extra=[0]), "RGB"
    yield "white is zero.tif", tiff(photograph(1, height=9, width=13), 0), "L"
    for orientation in range(1, 9):
        yield f"orientation {orientation}.tif", tiff(pixels, 2, orientation=orientation), "RGB"


with open("formats.bin", "wb") as out:
    for name, file, mode in [*bmps(), *pnms(), *gifs(), *tiffs()]:
        pixels = over_white(decoded(file, mode)) if mode == "RGBA" else decoded(file, mode)
        if mode == "RGBA" and name == "grey and alpha.tif":
            pixels = pixels[..., :1]
        height, width, channels = pixels.shape
        out.write(f"{name}/{len(file)}/{height}/{width}/{channels}\n".encode() + file + pixels.tobytes())
    deep = photograph(1, 16, height=9, width=13)
    for name, file in [("grey 16.tif", tiff(deep, 1, bits=16)), ("grey 16, big-endian.tif", tiff(deep, 1, bits=16, big_endian=True))]:
        out.write(f"{name}/{len(file)}/9/13/1\n".encode() + file + (deep >> 8).astype(np.uint8).tobytes())
    file = b"P5 13 9 65535\n" + deep.astype(">u2").tobytes()
    grey = np.round(deep / 65535 * 255).astype(np.uint8)
    out.write(f"P5, 65535.pgm/{len(file)}/9/13/1\n".encode() + file + grey.tobytes())


def heifs():
    import pillow_heif

    pillow_heif.register_heif_opener()
    colour = Image.fromarray(photograph(3, height=24, width=32).astype(np.uint8))
    faint = Image.fromarray(photograph(4, height=24, width=32).astype(np.uint8))
    sideways = Image.Exif()
    sideways[0x0112] = 6
    for name, format, full in [("heic", "HEIF", {"quality": -1, "chroma": 444}), ("avif", "AVIF", {"quality": 100, "subsampling": "4:4:4"})]:
        yield f"colour.{name}", saved(colour, format, **full), "RGB"
        yield f"orientation 6.{name}", saved(colour, format, exif=sideways, **full), "RGB"
        yield f"alpha.{name}", saved(faint, format, **full), "RGBA"
        yield f"grey.{name}", saved(colour.convert("L"), format, quality=full["quality"]), "RGB"


with open("heif.bin", "wb") as out:
    for name, file, mode in heifs():
        pixels = over_white(decoded(file, mode)) if mode == "RGBA" else decoded(file)
        height, width, channels = pixels.shape
        out.write(f"{name}/{len(file)}/{height}/{width}/{channels}\n".encode() + file + pixels.tobytes())
