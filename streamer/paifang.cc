#include "streamer/paifang.h"

#include <cmath>
#include <initializer_list>

namespace longmen {
namespace {

void add_box(cairo_t* cairo, double left, double top, double right, double bottom) {
  cairo_rectangle(cairo, left, top, right - left, bottom - top);
}

// Eaves that sweep up at both ends, and above them a shorter ridge with raised ends: one half,
// twice.
void add_roof(cairo_t* cairo, double x, double eaves, double half, double tall) {
  for (const double side : {-1.0, 1.0}) {
    cairo_save(cairo);
    cairo_translate(cairo, x, eaves);
    cairo_scale(cairo, side * half, tall);
    cairo_move_to(cairo, 0, 0.16);
    cairo_line_to(cairo, 0.5, 0.16);
    cairo_curve_to(cairo, 0.7, 0.16, 0.9, 0.12, 1.1, -0.42);
    cairo_curve_to(cairo, 0.86, -0.1, 0.71, -0.45, 0.66, -1);
    cairo_line_to(cairo, 0.7, -1.34);
    cairo_curve_to(cairo, 0.59, -1.1, 0.53, -1.12, 0.46, -1.12);
    cairo_line_to(cairo, 0, -1.12);
    cairo_close_path(cairo);
    cairo_restore(cairo);
  }
}

// What carries a roof: blocks on a thin beam.
void add_brackets(cairo_t* cairo, double x, double y, double half, double tall, int count) {
  const double foot = y + tall * 0.72, width = half / count / 2;
  add_box(cairo, x - half, foot, x + half, y + tall);
  for (int block = 0; block < count; ++block) {
    const double at = x + half * ((2.0 * block + 1) / count - 1);
    cairo_move_to(cairo, at - width * 1.5, y);
    cairo_line_to(cairo, at + width * 1.5, y);
    cairo_line_to(cairo, at + width * 0.7, foot);
    cairo_line_to(cairo, at - width * 0.7, foot);
    cairo_close_path(cairo);
  }
}

}  // namespace

void draw_paifang(cairo_t* cairo, double x, double foot, double tall, double opacity) {
  const double inner = tall * 0.30, outer = tall * 0.66, post = tall * 0.032;
  const double side = (inner + outer) / 2, bay = (outer - inner) / 2;
  const double low = foot - tall * 0.60, high = foot - tall * 0.84;
  // As one: where two parts overlap it is no brighter.
  cairo_push_group(cairo);
  cairo_set_source_rgb(cairo, 0.30, 0.52, 0.86);
  for (const double at : {-outer, -inner, inner, outer}) {
    add_box(cairo, x + at - post, std::abs(at) < outer ? high : low, x + at + post, foot);
    add_box(cairo, x + at - post * 2.1, foot - tall * 0.11, x + at + post * 2.1, foot);
  }
  for (const double at : {x - side, x + side}) {
    add_roof(cairo, at, low - tall * 0.045, bay + tall * 0.085, tall * 0.085);
    add_brackets(cairo, at, low - tall * 0.032, bay + tall * 0.03, tall * 0.045, 5);
    add_box(cairo, at - bay, low + tall * 0.07, at + bay, low + tall * 0.105);
  }
  add_roof(cairo, x, high - tall * 0.05, inner + tall * 0.11, tall * 0.11);
  add_brackets(cairo, x, high - tall * 0.035, inner + tall * 0.04, tall * 0.05, 9);
  add_box(cairo, x - inner, high + tall * 0.075, x + inner, high + tall * 0.105);
  add_box(cairo, x - inner, high + tall * 0.26, x + inner, high + tall * 0.31);
  const double tablet = tall * 0.115;
  add_box(cairo, x - tablet, high + tall * 0.075, x + tablet, high + tall * 0.26);
  cairo_fill(cairo);
  cairo_pop_group_to_source(cairo);
  cairo_paint_with_alpha(cairo, opacity);
}

}  // namespace longmen
