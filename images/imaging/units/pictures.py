"""OpenCV has what the fifth one lacks, and onnxruntime a processor to run on."""

import cv2
import numpy as np
import onnxruntime

assert cv2.HOGDescriptor.getDefaultPeopleDetector().size == 3781
assert "CPUExecutionProvider" in onnxruntime.get_available_providers()
blank = np.zeros((128, 64, 3), dtype=np.uint8)
assert cv2.dnn.blobFromImage(blank, 1 / 255, (32, 32)).shape == (1, 3, 32, 32)
