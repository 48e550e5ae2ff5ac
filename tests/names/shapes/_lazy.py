def lazy_area(shape):
    return shape
