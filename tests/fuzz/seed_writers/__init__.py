"""Writers of the undamaged files in `seeds/`, by the part of the package that reads them."""
