// What a worker has said of themselves, as one whole: a new word of some of it says the rest again.

// What only a station may say of a worker, and what follows from the windows.
const NOT_THEIRS = ["worker_id", "zone", "station_id", "birth_year", "certificates", "crew", "valid_until"];

// The kind of a word that changes how they are told of offers.
export const TELLING = "telling";

// The body that says `changes`, and the rest as `said` has it.
export function bodyOf(said, changes) {
  const body = Object.assign({}, said, changes);
  for (const name of NOT_THEIRS) delete body[name];
  for (const name of Object.keys(body)) if (body[name] === null) delete body[name];
  return body;
}

export const coming = (windows, now) => windows.filter(({ end }) => end > now);

// What of it this page changes.
export const wordsOf = ({ availability }) => (availability ? changeable(availability) : null);

export const isSaid = ({ kind, body }, view) => {
  if (kind === "pause") return !view.available;
  return view.available && isSame(wordsOf(view), changeable(body));
};

// Whether nobody will see it there any more: its windows are over, or something else has been said since,
// at the station or on another phone.
export const isOvertaken = ({ kind, body, was }, view) => {
  if (kind !== "pause" && !coming(body.windows, view.now).length) return true;
  const known = wordsOf(view);
  return was !== undefined && !isSame(known, was) && !isSame(known, changeable(body));
};

const changeable = ({ windows, channels }) => ({ windows, channels });
const isSame = (some, others) => JSON.stringify(some) === JSON.stringify(others);
