// What an amendment takes from those who have said yes, as the market sees it.

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// Less or otherwise counted pay, other times, another place, a perk less: bookings end.
export function endsBookings({ pay: was, shifts: times, perks: had, place: where }, { pay, shifts, perks, place }) {
  return Boolean(pay && (pay.unit !== was.unit || pay.amount_fen < was.amount_fen))
    || Boolean(shifts && !isSame(shifts, times))
    || Boolean(perks && had.some((one) => !perks.includes(one)))
    || Boolean(place && (place.lat !== where.lat || place.lon !== where.lon));
}

export const isWorse = (posting, change) => endsBookings(posting, change) || change.headcount < posting.headcount || change.minimum_age > posting.minimum_age;
