"""Which picture stands for which class of the gradings that come with the program.

Sources:
    Pfirrmann: C. W. A. Pfirrmann et al., Spine 26 (2001) 1873: structure, border of nucleus and
    annulus, signal and height on T2. “Disc degeneration” draws its signal and height alone.

    Spondylolisthesis: H. W. Meyerding, Surg. Gynecol. Obstet. 54 (1932) 371: quarters of the
    endplate below; each grade is drawn at the middle of its quarter.

    Marrow change: M. T. Modic et al., Radiology 166 (1988) 193, and 168 (1988) 177 for type 3.

    Herniation: D. F. Fardon et al., Spine J. 14 (2014) 2525 (nomenclature 2.0): bulge, protrusion
    (base wider than reach), extrusion (reach or head wider than base), sequestration.

    Central canal stenosis: G. Y. Lee et al., Skeletal Radiol. 40 (2011) 1033: fluid in front of
    the roots, then how far the roots are apart.

    Foraminal stenosis: S. Lee et al., AJR 194 (2010) 1095: fat around the root.

    Endplate defect: G. Schmorl and H. Junghanns, Die gesunde und die kranke Wirbelsäule (1951):
    disc tissue that has broken into the body.
"""

from collections.abc import Mapping

from spinegrader.domain.scheme import Grading
from spinegrader.gui.examples.pictures import (
    T1,
    CanalPicture,
    Endplate,
    ExamplePicture,
    ForamenPicture,
    Marks,
    MarrowChange,
    MarrowPicture,
    OutlinePicture,
    SagittalPicture,
    Side,
)

_T1_DISC = 86
_PAIR_ZOOM = 0.7
_SLIP_ZOOM = 0.72

_PFIRRMANN: Mapping[int, ExamplePicture] = {
    1: SagittalPicture(nucleus=236, border=1.0),
    2: SagittalPicture(nucleus=216, border=0.85, unevenness=0.55),
    3: SagittalPicture(nucleus=150, annulus=62, border=0.25, unevenness=0.3, height=0.95),
    4: SagittalPicture(nucleus=62, annulus=40, border=0.0, unevenness=0.25, height=0.8),
    5: SagittalPicture(nucleus=16, annulus=16, border=0.0, height=0.28),
}
_NARROWING: Mapping[int, ExamplePicture] = {
    value: SagittalPicture(height=height, marks=Marks.HEIGHT)
    for value, height in enumerate((1.0, 0.76, 0.5, 0.14))
}
_DEGENERATION: Mapping[int, ExamplePicture] = {
    0: SagittalPicture(nucleus=232),
    1: SagittalPicture(nucleus=168, border=0.7),
    2: SagittalPicture(nucleus=92, border=0.3, height=0.85),
    3: SagittalPicture(nucleus=22, annulus=22, border=0.0, height=0.45),
}
_CENTRAL_STENOSIS: Mapping[int, ExamplePicture] = {
    0: CanalPicture(depth=1.0, front_fluid=0.4, fluid=236, root_spread=1.0),
    1: CanalPicture(depth=0.78, front_fluid=0.14, fluid=236, root_spread=0.85),
    2: CanalPicture(depth=0.58, front_fluid=0.0, fluid=205, root_spread=0.45),
    3: CanalPicture(depth=0.38, front_fluid=0.0, fluid=96, root_spread=0.1),
}
_SLIP: Mapping[int, ExamplePicture] = {
    value: SagittalPicture(
        slip=slip, height=1.0 - 0.4 * slip, marks=Marks.QUARTERS, zoom=_SLIP_ZOOM
    )
    for value, slip in enumerate((0.0, 0.125, 0.375, 0.625, 0.875))
}
_OUTLINES: Mapping[int, ExamplePicture] = {
    0: OutlinePicture(),
    1: OutlinePicture(bulge=0.11),
    2: OutlinePicture(base=0.62, head=0.5, reach=0.24),
    3: OutlinePicture(base=0.2, head=0.42, reach=0.46),
    4: OutlinePicture(head=0.36, reach=0.36, gap=0.13),
}


def _defect(endplate: Endplate) -> Mapping[int, ExamplePicture]:
    return {0: SagittalPicture(), 1: SagittalPicture(defect=endplate)}


def _marrow(endplate: Endplate) -> Mapping[int, ExamplePicture]:
    """Greys of front and back on T1, then on T2; none for normal marrow."""
    dark, bright = 44, 238
    kinds = (
        None,
        ((dark, dark), (bright, bright)),
        ((bright, bright), (bright, bright)),
        ((18, 18), (18, 18)),
        ((dark, bright), (bright, bright)),
    )
    return {value: _pair(endplate, greys) for value, greys in enumerate(kinds)}


def _pair(
    endplate: Endplate, greys: tuple[tuple[int, int], tuple[int, int]] | None
) -> MarrowPicture:
    on_t1, on_t2 = (None, None) if greys is None else (MarrowChange(endplate, *g) for g in greys)
    return MarrowPicture(
        SagittalPicture(
            nucleus=_T1_DISC, annulus=_T1_DISC, change=on_t1, tissue=T1, zoom=_PAIR_ZOOM
        ),
        SagittalPicture(nucleus=96, border=0.3, change=on_t2, zoom=_PAIR_ZOOM),
    )


def _foramen(side: Side) -> Mapping[int, ExamplePicture]:
    return {
        0: ForamenPicture(side, width=1.0, fat=1.0, root_flattening=0.0),
        1: ForamenPicture(side, width=0.55, fat=0.15, root_flattening=0.55),
    }


_PICTURES: Mapping[str, Mapping[int, ExamplePicture]] = {
    "pfirrmann": _PFIRRMANN,
    "narrowing": _NARROWING,
    "degeneration": _DEGENERATION,
    "central_stenosis": _CENTRAL_STENOSIS,
    "spondylolisthesis": _SLIP,
    "endplate_upper": _defect(Endplate.UPPER),
    "endplate_lower": _defect(Endplate.LOWER),
    "modic_upper": _marrow(Endplate.UPPER),
    "modic_lower": _marrow(Endplate.LOWER),
    "foraminal_left": _foramen(Side.LEFT),
    "foraminal_right": _foramen(Side.RIGHT),
    "herniation": _OUTLINES,
}


def picture_of(grading: Grading, value: int) -> ExamplePicture | None:
    """The picture of a class; None where there is none.

    A grading of the same name with other digits is another grading: what its digits mean isn't
    known here, so it has no pictures.
    """
    pictures = _PICTURES.get(grading.id, {})
    return pictures.get(value) if grading.values == tuple(pictures) else None
