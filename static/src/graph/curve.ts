/** The curve of a wire: from an output down into an input. */

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** How far the bends of a wire reach: half the way down, and around when it must go up. */
export const bend = (from: Spot, to: Spot): number => {
  const down = to.y - from.y;
  if (down >= 0) return Math.max(Math.min(down * 0.5, 120), Math.min(24, Math.abs(to.x - from.x)));
  return Math.min(160, 32 + Math.abs(down) * 0.35);
};

/** A place on a wire, `t` from 0 to 1. */
export const along = (from: Spot, to: Spot, t: number): Spot => {
  const reach = bend(from, to);
  const [u, uu, tt] = [1 - t, (1 - t) * (1 - t), t * t];
  const [a, b, c, d] = [uu * u, 3 * uu * t, 3 * u * tt, tt * t];
  return {
    x: (a + b) * from.x + (c + d) * to.x,
    y: a * from.y + b * (from.y + reach) + c * (to.y - reach) + d * to.y,
  };
};

/** How far a place is from a wire, and where on it; Infinity when it is far off. */
export const distanceToWire = (
  from: Spot,
  to: Spot,
  spot: Spot,
  near: number,
): { readonly distance: number; readonly t: number } => {
  const reach = bend(from, to);
  const far = { distance: Infinity, t: 0 };
  if (spot.x < Math.min(from.x, to.x) - near || spot.x > Math.max(from.x, to.x) + near) return far;
  if (spot.y < Math.min(from.y, to.y - reach) - near || spot.y > Math.max(to.y, from.y + reach) + near)
    return far;
  let best = far;
  const steps = Math.max(12, Math.min(64, Math.round(Math.hypot(to.x - from.x, to.y - from.y) / 24)));
  let before = from;
  for (let step = 1; step <= steps; step += 1) {
    const after = along(from, to, step / steps);
    const [dx, dy] = [after.x - before.x, after.y - before.y];
    const length = dx * dx + dy * dy;
    const share =
      length === 0
        ? 0
        : Math.max(0, Math.min(1, ((spot.x - before.x) * dx + (spot.y - before.y) * dy) / length));
    const distance = Math.hypot(before.x + dx * share - spot.x, before.y + dy * share - spot.y);
    if (distance < best.distance) best = { distance, t: (step - 1 + share) / steps };
    before = after;
  }
  return best;
};
