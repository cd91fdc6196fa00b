"""Small reports that print source with its counts."""

GCOV = b"""        -:    0:Source:src/a.c
        -:    0:Runs:1
        -:    1:int f(int x)
        2:    2:{
branch  0 taken 1 (fallthrough)
branch  1 never executed
       1*:    3:  return x ? 1 : 0;
    #####:    4:  abort();
    =====:    5:}
     1.2k:    6:  loop();
"""

LLVM_SHOW = b"""/w/src/cart.cpp:
    1|       |#include "cart.h"
    2|  1.50k|template <class T> T add(T price) {
  ------------------
  | _Z3addIiET_:
  |    2|    500|template <class T> T add(T price) {
  |  ------------------
  |  |  Branch (3:7): [True: 0, False: 500]
  ------------------
    3|      9|  if (price > 0)
  ------------------
  |  Branch (3:7): [True: 9, False: 0]
  ------------------
    4|      0|    drop();

/w/src/empty.h:
"""

LUACOV = f"""{"=" * 78}
src/cart.lua
{"=" * 78}
    -- adds a price
 12 total = total + price
    12 apples
**0 drop()

{"=" * 78}
Summary
{"=" * 78}

File         Hits Missed Coverage
---------------------------------
src/cart.lua 1    2      33.33%
---------------------------------
Total        1    2      33.33%
""".encode()

DLANG = b"""       |module cart;
     12|    total += price;
0000000|    drop();
       |
source/cart.d is 50% covered
"""
