"""The telephone numbers that accounts get: 555-01XX, which the North American plan keeps for fiction."""

from itertools import product

# fmt: off
AREA_CODES = (
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 220, 223, 224, 225, 227,
    228, 229, 231, 234, 235, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 272, 274, 276, 279,
    281, 283, 301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323,
    324, 325, 326, 327, 329, 330, 331, 332, 334, 336, 337, 339, 341, 346, 347, 350, 351, 352, 353, 360, 361, 363,
    364, 369, 380, 385, 386, 401, 402, 404, 405, 406, 407, 408,
)
# fmt: on

NUMBERS = tuple(f"+1{area}55501{line:02}" for area, line in product(AREA_CODES, range(100)))
"""In the order in which they are given. Each is given once for ever: the order may only grow."""
