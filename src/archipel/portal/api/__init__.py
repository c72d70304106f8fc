"""The API: JSON under ``api/v1``, one router a resource."""
