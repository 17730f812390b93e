"""The text headers of MetaImage (.mha, .mhd) and NRRD (.nrrd, .nhdr).

MetaImage: https://itk.org/Wiki/ITK/MetaIO/Documentation. Its coordinates are LPS, as ITK has
them. NRRD: https://teem.sourceforge.net/nrrd/format.html.
"""

import re
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.errors import InputError
from spinegrader.imaging.volume_layout import VolumeLayout, affine_of

_LONGEST_HEADER = 1 << 16
_UNIT_TOLERANCE = 1e-3
_DAMAGED = "Its header is damaged or incomplete: export or copy it again."
_META_PIXEL_BYTES = {
    "MET_CHAR": 1, "MET_UCHAR": 1, "MET_SHORT": 2, "MET_USHORT": 2, "MET_INT": 4,
    "MET_UINT": 4, "MET_LONG_LONG": 8, "MET_ULONG_LONG": 8, "MET_FLOAT": 4, "MET_DOUBLE": 8,
}  # fmt: skip
_NRRD_PIXEL_BYTES = {
    "signed char": 1, "int8": 1, "int8_t": 1, "uchar": 1, "unsigned char": 1, "uint8": 1,
    "uint8_t": 1, "short": 2, "short int": 2, "signed short": 2, "signed short int": 2,
    "int16": 2, "int16_t": 2, "ushort": 2, "unsigned short": 2, "unsigned short int": 2,
    "uint16": 2, "uint16_t": 2, "int": 4, "signed int": 4, "int32": 4, "int32_t": 4, "uint": 4,
    "unsigned int": 4, "uint32": 4, "uint32_t": 4, "longlong": 8, "long long": 8, "int64": 8,
    "int64_t": 8, "ulonglong": 8, "unsigned long long": 8, "uint64": 8, "uint64_t": 8,
    "float": 4, "double": 8,
}  # fmt: skip
# What turns NRRD's named spaces into LPS.
_NRRD_SPACES = {
    "left-posterior-superior": (1, 1, 1),
    "lps": (1, 1, 1),
    "left-anterior-superior": (1, -1, 1),
    "las": (1, -1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1),
}
# Other signs could part a line otherwise for another reader.
_KEY = re.compile(r"[\w |.\-\[\]]+", re.ASCII)
_NRRD_VECTOR = re.compile(r"\(([^()]*)\)")


def meta_image_layout(path: Path) -> VolumeLayout:
    """Reads a MetaImage header.

    Raises:
        InputError: If it isn't a three-dimensional image that says where it lies.
    """
    text = _start(path)
    # The field that names the pixels ends the header.
    match = re.search(r"^ElementDataFile[ \t]*=[ \t]*([^\r\n]*?)[ \t]*\r?\n", text, re.MULTILINE)
    if match is None:
        raise InputError(_DAMAGED)
    fields = _fields(text[: match.start()], "=")
    if fields.get("NDims") != "3":
        raise InputError("It isn't three-dimensional: export each volume as its own file.")
    pixel_bytes = _META_PIXEL_BYTES.get(fields.get("ElementType", ""))
    if pixel_bytes is None or fields.get("ElementNumberOfChannels", "1") != "1":
        raise InputError("It holds colours or several values a pixel, and is no MR image.")
    if fields.get("BinaryData", "True").lower() not in ("true", "1"):
        raise InputError("Its pixels are written as text: convert it to .nii.gz.")
    is_packed = fields.get("CompressedData", "False").lower() in ("true", "1")
    is_local = match[1].upper() == "LOCAL"
    header_bytes = int(_numbers(fields.get("HeaderSize", "0"), 1)[0])
    if header_bytes != 0 and (is_local or is_packed):
        raise InputError("Its pixels begin at an unusual place: convert it to .nii.gz.")
    data_path = path if is_local else _beside(path, match[1])
    offset = match.end() if is_local else max(0, header_bytes)
    packed_bytes = data_path.stat().st_size - offset
    # Without its length, or with a shorter one, SimpleITK gives black pixels and no error.
    if is_packed and fields.get("CompressedDataSize") != str(packed_bytes):
        raise InputError("Its packed pixels are incomplete: export or copy it again.")
    return VolumeLayout(
        size=_size(fields, "DimSize"),
        pixel_bytes=pixel_bytes,
        affines=(_meta_affine(fields),),
        data_path=data_path,
        data_offset=offset,
        packing="pixels" if is_packed else "",
    )


def _meta_affine(fields: Mapping[str, str]) -> FloatArray:
    spacing = _numbers(_told(fields, "ElementSpacing"), 3)
    # Each row of the matrix is the direction of one axis of the image.
    directions = _numbers(_told(fields, "TransformMatrix", "Rotation", "Orientation"), 9)
    if not (spacing > 0).all():
        raise InputError("Its spacing is zero, negative or no number: export it again.")
    rows = directions.reshape(3, 3)
    if np.abs(np.linalg.norm(rows, axis=1) - 1).max() > _UNIT_TOLERANCE:
        raise InputError(
            "Its header contradicts itself about the spacing, so that nothing could be measured:"
            " export it again."
        )
    return affine_of(rows.T * spacing, _numbers(_told(fields, "Offset", "Position", "Origin"), 3))


def nrrd_layout(path: Path) -> VolumeLayout:
    """Reads an NRRD header.

    Raises:
        InputError: If it isn't a three-dimensional image that says where it lies.
    """
    text = _start(path)
    end = re.search(r"\r?\n\r?\n", text)
    head = text if end is None else text[: end.start()]
    # “field: value”; lines “key:=value” are the writer's own.
    lines = [line for line in head.split("\n")[1:] if ":=" not in line.partition(": ")[0]]
    told = _fields("\n".join(lines), ":")
    fields = {key.lower().replace(" ", ""): value for key, value in told.items()}
    if fields.get("dimension") != "3" or "none" in fields.get("spacedirections", ""):
        raise InputError(
            "It isn't three-dimensional, or holds several values a pixel: export each volume as"
            " its own file."
        )
    pixel_bytes = _NRRD_PIXEL_BYTES.get(fields.get("type", "").lower())
    packing = {"raw": "", "gzip": "pixels", "gz": "pixels"}.get(fields.get("encoding", "").lower())
    skips = {fields.get(key, "0") for key in ("lineskip", "byteskip")}
    if pixel_bytes is None or packing is None or skips != {"0"}:
        raise InputError("Its pixels are written in a rare way: convert it to .nii.gz.")
    detached = fields.get("datafile")
    if detached is None and end is None:
        raise InputError(_DAMAGED)
    return VolumeLayout(
        size=_size(fields, "sizes"),
        pixel_bytes=pixel_bytes,
        affines=(_nrrd_affine(fields),),
        data_path=path if detached is None else _beside(path, detached),
        data_offset=end.end() if detached is None and end is not None else 0,
        packing=packing,
    )


def _nrrd_affine(fields: Mapping[str, str]) -> FloatArray:
    signs = _NRRD_SPACES.get(fields.get("space", "").lower())
    vectors = _vectors(fields.get("spacedirections", ""))
    origin = _vectors(fields.get("spaceorigin", ""))
    units = set(re.findall(r'"([^"]*)"', fields.get("spaceunits", '"mm"')))
    if signs is None or len(vectors) != 3 or len(origin) != 1:
        raise InputError(
            "It doesn't say how it lies in the patient (space, space directions and space"
            " origin): export it with its orientation."
        )
    if units != {"mm"}:
        raise InputError("It doesn't say its spacing in millimetres: export it again.")
    steps = np.stack([_numbers(vector, 3) for vector in vectors], axis=1)
    signed = np.diag(np.asarray(signs, dtype=np.float64))
    return affine_of(signed @ steps, signed @ _numbers(origin[0], 3))


def _vectors(text: str) -> list[str]:
    return [vector.replace(",", " ") for vector in _NRRD_VECTOR.findall(text)]


def _start(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_LONGEST_HEADER).decode("latin-1")


def _fields(text: str, separator: str) -> dict[str, str]:
    """Lines ``key = value``; a key that comes twice would leave open which one counts."""
    fields: dict[str, str] = {}
    for line in text.split("\n"):
        if not line.strip() or line.startswith("#"):
            continue
        key, found, value = line.partition(separator)
        if not found or not _KEY.fullmatch(key.strip()) or key.strip() in fields:
            raise InputError(_DAMAGED)
        fields[key.strip()] = value.strip()
    return fields


def _told(fields: Mapping[str, str], *keys: str) -> str:
    values = [fields[key] for key in keys if key in fields]
    if len(values) != 1:
        raise InputError(
            f"It doesn't say its {keys[0]}, so that nothing could be measured: export it with"
            " its spacing, orientation and position."
        )
    return values[0]


def _numbers(text: str, count: int) -> FloatArray:
    try:
        values = [float(word) for word in text.split()]
    except ValueError as error:
        raise InputError(_DAMAGED) from error
    if len(values) != count or not np.isfinite(values).all():
        raise InputError("Its spacing, orientation or position is no number: export it again.")
    return np.asarray(values, dtype=np.float64)


def _size(fields: Mapping[str, str], key: str) -> tuple[int, int, int]:
    words = fields.get(key, "").split()
    if len(words) != 3 or not all(word.isascii() and word.isdigit() for word in words):
        raise InputError(_DAMAGED)
    return int(words[0]), int(words[1]), int(words[2])


def _beside(header: Path, name: str) -> Path:
    """The file of the pixels, which must lie in the folder of the header or below.

    Raises:
        InputError: If it would lie elsewhere, isn't there, or would be several files.
    """
    if "%" in name or name.upper().split()[:1] == ["LIST"]:
        raise InputError("Its pixels lie in several files: convert it to .nii.gz.")
    folder = header.parent.resolve()
    try:
        path = (folder / name).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(_DAMAGED) from error
    is_absolute = name.startswith(("/", "\\")) or bool(PureWindowsPath(name).drive)
    if is_absolute or not path.is_relative_to(folder):
        raise InputError("It names a file of pixels outside its own folder: that is not opened.")
    if not path.is_file():
        raise InputError(
            "The file with its pixels is not beside it: keep the two together, and unpack them"
            " if they come from an archive."
        )
    return path
