"""OpenCV has what the fifth one lacks, onnxruntime a processor to run on; both engines draw."""

import ctypes
import sys

import cv2
import mitsuba
import moderngl
import numpy as np
import onnxruntime

assert cv2.HOGDescriptor.getDefaultPeopleDetector().size == 3781
assert "CPUExecutionProvider" in onnxruntime.get_available_providers()
blank = np.zeros((128, 64, 3), dtype=np.uint8)
assert cv2.dnn.blobFromImage(blank, 1 / 255, (32, 32)).shape == (1, 3, 32, 32)

mitsuba.set_variant("scalar_rgb")
assert mitsuba.load_dict({"type": "sphere"}).bbox().valid()
if sys.prefix.startswith("/opt/archipel/"):
    # A machine may lack EGL: scenes are traced there. The image has it.
    ctypes.CDLL("libOpenGL.so.0")
    drawing = moderngl.create_context(standalone=True, require=330, backend="egl", libgl="libOpenGL.so.0")
    assert drawing.version_code >= 330
