"""The execution « comptage »: how many people a detector counts in each image, beside how many there are."""
