// Integer division that rounds towards minus (floor) or plus (ceil) infinity, for instants before
// an epoch as well as after it. The divisor is positive.
#pragma once

namespace longmen {

template <class Int>
constexpr Int floor_div(Int dividend, Int divisor) {
  const Int quotient = dividend / divisor;
  return dividend % divisor < 0 ? quotient - 1 : quotient;
}

template <class Int>
constexpr Int ceil_div(Int dividend, Int divisor) {
  const Int quotient = dividend / divisor;
  return dividend % divisor > 0 ? quotient + 1 : quotient;
}

}  // namespace longmen
