"""Bill of materials of the image's Python packages, in CycloneDX (docs/licences.md)."""
