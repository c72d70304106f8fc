"""Training in torch: a detector of our own from scratch, and YoloFastest fine-tuned from Darknet's files."""
