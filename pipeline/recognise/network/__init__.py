"""The recogniser's network out of Tesseract's language data, run by onnxruntime."""
