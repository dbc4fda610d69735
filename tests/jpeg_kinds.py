"""Small JPEG files of every kind, and a page that shows what each decoder makes of them.

`kinds()` gives the files that can be decoded, `broken()` those that must be refused. Run as a program it draws
build/jpeg/page.png: each file as ImageIO, the native kernel and Pillow decode it, with the largest difference of a
channel of a pixel from Pillow's.
"""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import parlab

WIDTH, HEIGHT = 96, 64
APP0, ADOBE, DHT, SOF, SOS, EOI = b"\xff\xe0", b"\xff\xee", b"\xff\xc4", b"\xff\xc0", b"\xff\xda", b"\xff\xd9"
Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


def picture(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Soft colours, a sharp disc and a thin line: what a wrong chroma, transform or order shows at once."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    rgb = np.stack([255 * x / width, 255 * y / height, 128 + 100 * np.sin(x / 9) * np.cos(y / 7)], axis=-1)
    rgb[(x - 0.3 * width) ** 2 + (y - 0.5 * height) ** 2 < (0.3 * height) ** 2] = (220, 40, 30)
    rgb[:, int(0.8 * width)] = (255, 255, 255)
    return Image.fromarray(rgb.clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **{"quality": 90, "subsampling": 2} | options)
    return file.getvalue()


def segments(jpeg: bytes) -> list[bytes]:
    """The file in pieces: SOI, then each segment; the last one goes from the SOS to the end."""
    parts, at = [jpeg[:2]], 2
    while jpeg[at : at + 2] != SOS:
        end = at + 2 + int(struct.unpack(">H", jpeg[at + 2 : at + 4])[0])
        parts.append(jpeg[at:end])
        at = end
    return [*parts, jpeg[at:]]


def without(jpeg: bytes, *markers: bytes) -> bytes:
    return b"".join(part for part in segments(jpeg) if part[:2] not in markers)


def patched(jpeg: bytes, marker: bytes, at: int, new: bytes) -> bytes:
    """With other bytes at a place of the segment with that marker."""
    return b"".join(part[:at] + new + part[at + len(new) :] if part[:2] == marker else part for part in segments(jpeg))


def filled(jpeg: bytes) -> bytes:
    """With fill bytes FF before every marker, those of the scan too."""
    *head, scan = segments(jpeg)
    for marker in [*range(0xD0, 0xD8), 0xD9]:
        scan = scan.replace(bytes([0xFF, marker]), bytes([0xFF, 0xFF, 0xFF, marker]))
    return head[0] + b"".join(b"\xff\xff" + part for part in head[1:]) + b"\xff" + scan


def upright(image: Image.Image) -> bytes:
    """4:4:0, which Pillow does not write: the blocks of a 4:2:2 file, in the order that makes the picture."""
    ycc = np.asarray(image.convert("YCbCr"))
    height, width = ycc.shape[:2]
    tall = ycc.reshape(height // 16, 16, width // 8, 8, 3).transpose(0, 2, 1, 3, 4).reshape(-1, 16, 8, 3)
    wide = np.empty((len(tall), 8, 16, 3), np.uint8)
    wide[..., 0] = np.concatenate([tall[:, :8, :, 0], tall[:, 8:, :, 0]], axis=2)
    chroma = tall[:, :, :, 1:].reshape(-1, 8, 2, 8, 2).mean(axis=2)
    wide[..., 1:] = np.repeat(chroma, 2, axis=2)
    across = width // 16
    blocks = wide.reshape(-1, across, 8, 16, 3).transpose(0, 2, 1, 3, 4).reshape(height, width, 3)
    jpeg = encoded(Image.fromarray(blocks, "YCbCr"), subsampling=1)
    return patched(jpeg, SOF, 11, b"\x12")


def swapped_profile() -> bytes:
    """A profile that takes red for blue: whoever applies it, shows it."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")


def kinds() -> dict[str, bytes]:
    image = picture()
    grey, cmyk = image.convert("L"), image.convert("CMYK")
    exif = Image.Exif()
    exif[0x0112] = 6
    plain, rgb, adobe = encoded(image), encoded(image, subsampling=0, keep_rgb=True), encoded(cmyk)
    return {
        "4:2:0": plain,
        "4:2:2": encoded(image, subsampling=1),
        "4:4:4": encoded(image, subsampling=0),
        "4:4:0": upright(image),
        "odd size": encoded(picture(67, 41)),
        "one pixel": encoded(picture(1, 1)),
        "quality 5": encoded(image, quality=5),
        "progressive": encoded(image, progressive=True),
        "progressive 4:2:2": encoded(image, progressive=True, subsampling=1),
        "grey": encoded(grey),
        "grey, progressive": encoded(grey, progressive=True),
        "CMYK of Adobe": adobe,
        "CMYK without Adobe": without(adobe, ADOBE),
        "YCCK": patched(adobe, ADOBE, 15, b"\x02"),
        "RGB of Adobe": rgb,
        "RGB by its ids": without(rgb, ADOBE),
        "no JFIF": without(plain, APP0),
        "no JFIF, 4:4:4": without(encoded(image, subsampling=0), APP0),
        "profile": encoded(image, icc_profile=swapped_profile()),
        "profile, progressive": encoded(image, icc_profile=swapped_profile(), progressive=True),
        "grey profile": encoded(image, icc_profile=swapped_profile().replace(b"RGB XYZ", b"GRAYXYZ")),
        "profile of noise": encoded(image, icc_profile=bytes(range(256)) * 4),
        "EXIF, turned": encoded(image, exif=exif),
        "restart markers": encoded(image, restart_marker_blocks=3),
        "fill bytes": filled(encoded(image, restart_marker_blocks=3)),
        "no Huffman table": without(plain, DHT),
        "own Huffman tables": encoded(image, optimize=True),
        "comment": encoded(image, comment=b"\xff\xd9 no end"),
        "bytes after the end": plain + bytes(100),
    }


def broken() -> dict[str, bytes]:
    plain = encoded(picture())
    png = io.BytesIO()
    picture().save(png, "PNG")
    return {
        "nothing": b"",
        "a text": b"<html>Please log in</html>",
        "a PNG": png.getvalue(),
        "cut in its header": plain[:100],
        "cut in its scan": plain[: len(plain) - 200],
        "a bomb": patched(plain, SOF, 5, struct.pack(">HH", 65500, 65500)),
        "a bomb of CMYK": patched(encoded(picture().convert("CMYK")), SOF, 5, struct.pack(">HH", 65500, 65500)),
        "no pixels": patched(plain, SOF, 5, struct.pack(">HH", 0, WIDTH)),
        "12 bits": patched(plain, SOF, 4, b"\x0c"),
        "lossless": patched(plain, SOF, 1, b"\xc3"),
        "two components": patched(plain, SOF, 9, b"\x02"),
        "no quantisation": without(plain, b"\xff\xdb"),
        "no header": without(plain, SOF),
        "no scan": b"".join(segments(plain)[:-1]) + EOI,
    }


def pillow(jpeg: bytes) -> Pixels:
    """As the twin decodes: without a look at profiles and orientation."""
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
        return np.asarray(image.convert("RGB"))


# ---- the page


def java_decodes(files: dict[str, bytes], folder: Path) -> dict[str, dict[str, Pixels | str]]:
    """By decoder and by name: what the JVM's decoders make of the files, or in what words they refuse them."""
    names = list(files)
    for n, name in enumerate(names):
        (folder / f"{n}.jpg").write_bytes(files[name])
    script = folder / "Decode.java"
    script.write_text(DECODE, encoding="utf-8")
    home = os.environ.get("JAVA_HOME") or parlab.find_jdk()
    assert home is not None
    jars = str(parlab.KERNEL / "lib" / "*")
    command = [
        parlab.java_command(Path(home)),
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        jars,
        str(script),
        str(folder),
    ]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    found: dict[str, dict[str, Pixels | str]] = {}
    for line in result.stdout.splitlines():
        decoder, number, width, height, why = line.split("\t")
        pixels: Pixels | str = why
        if not why:
            raw = (folder / f"{number}.{decoder}.rgb").read_bytes()
            pixels = np.frombuffer(raw, np.uint8).reshape(int(height), int(width), 3)
        found.setdefault(decoder, {})[names[int(number)]] = pixels
    return found


DECODE = """
import parlab.pipelines.*;
import java.nio.file.*;

void main(String[] args) throws Exception {
    for (Decoder decoder : Decoder.values()) {
        if (!decoder.obstacle().isEmpty()) continue;
        for (int n = 0; Files.exists(Path.of(args[0], n + ".jpg")); n++) {
            try {
                Pixels pixels = decoder.decode(Files.readAllBytes(Path.of(args[0], n + ".jpg")));
                Files.write(Path.of(args[0], n + "." + decoder + ".rgb"), pixels.rgb());
                IO.println(decoder + "\\t" + n + "\\t" + pixels.width() + "\\t" + pixels.height() + "\\t");
            } catch (BadImageException e) {
                IO.println(decoder + "\\t" + n + "\\t0\\t0\\t" + e.getMessage());
            }
        }
    }
}
"""


def furthest(one: Pixels, other: Pixels) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def draw(found: dict[str, dict[str, Pixels | str]], files: dict[str, bytes]) -> Image.Image:
    """A row for each file, twice side by side: its name, each decoder's picture, and the largest difference."""
    decoders = [*found, "Pillow"]
    label, across, down, columns = 150, WIDTH + 14, HEIGHT + 30, 2
    rows = -(-len(files) // columns)
    block = label + across * len(decoders)
    page = Image.new("RGB", (columns * block, 30 + rows * down), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(11)
    for n, (name, jpeg) in enumerate(files.items()):
        x, y = n // rows * block, 30 + n % rows * down
        reference = pillow(jpeg)
        pen.text((x + 8, y + 24), name, "black", font)
        for k, decoder in enumerate(decoders):
            left = x + label + k * across
            if n % rows == 0:
                pen.text((left, 8), decoder, "black", font)
            pixels = reference if decoder == "Pillow" else found[decoder][name]
            if isinstance(pixels, str):
                pen.multiline_text(
                    (left, y + 8), "refused:\n" + textwrap.fill(pixels.split(": ")[-1], 17), "#b00000", font
                )
                continue
            page.paste(Image.fromarray(pixels), (left, y))
            if decoder != "Pillow":
                pen.text((left, y + HEIGHT + 2), f"differs by {furthest(pixels, reference)}", "black", font)
    return page


if __name__ == "__main__":
    target = parlab.ROOT / "build" / "jpeg"
    target.mkdir(parents=True, exist_ok=True)
    all_kinds = kinds()
    draw(java_decodes(all_kinds, target), all_kinds).save(target / "page.png")
    print(target / "page.png")
