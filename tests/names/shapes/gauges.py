class Gauge:
    def reading(self):
        return None
