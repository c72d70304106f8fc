"""What a detector's classes are called: a `.names` beside it, COCO's for eighty, « person » for one."""

from __future__ import annotations

from pathlib import Path

from archipel.defis.twincity.refusal import DataRefused

COCO = (
    "person", "bicycle", "car", "motorbike", "aeroplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog",
    "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag",
    "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite", "baseball bat",
    "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle", "wine glass", "cup", "fork",
    "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog",
    "pizza", "donut", "cake", "chair", "sofa", "pottedplant", "bed", "diningtable", "toilet",
    "tvmonitor", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster",
    "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier",
    "toothbrush",
)  # fmt: skip


def names_of(model: Path, count: int) -> tuple[str, ...]:
    """The names of ``count`` classes. Raises `DataRefused` when the file beside has another number."""
    path = model.with_suffix(".names")
    if path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace")
        names = tuple(line.strip() for line in text.splitlines() if line.strip())
        if len(names) != count:
            raise DataRefused(f"« {path.name} » : {len(names)} classes, le détecteur en a {count}")
        return names
    if count == len(COCO):
        return COCO
    return ("person",) if count == 1 else tuple(f"classe {at}" for at in range(count))
