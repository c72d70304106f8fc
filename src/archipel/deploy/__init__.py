"""What takes the product elsewhere: container images, built from the same declaration as the environments."""
