// The gate of the slate and the test programme: a paifang (牌坊) of four posts and three roofs, as
// a silhouette in one colour. One thread.
#pragma once

#include <cairo.h>

namespace longmen {

// Its middle at `x`, its feet at `foot`, `tall` pixels high; about 1.5 times as wide.
void draw_paifang(cairo_t* cairo, double x, double foot, double tall, double opacity);

}  // namespace longmen
