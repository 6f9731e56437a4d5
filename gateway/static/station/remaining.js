// The days that remain of a job that has begun, when people lack: left out, called off, or never found.
// Before its work begins a market fills a place again by itself. Nothing of a page is in here.

// Nobody is found and on their way any sooner.
const TOO_SOON_MS = 1800000;
const LONGEST_ID = 60;

export const hasBegun = ({ posting }, now) => posting.shifts.some(({ start }) => start <= now);

// Whom another posting of these days looks for still, or has found.
const againOf = ({ job: { status, headcount }, expected }) => (status === "open" ? headcount : expected);

// Shifts, and how many people they lack; null where nobody lacks. What has days of another is counted there.
export function remainingOf(view, now) {
  const { job, posting, continued_by: others } = view;
  const shifts = posting.shifts.filter(({ start }) => start > now + TOO_SOON_MS);
  if (posting.continues || job.status === "cancelled" || !shifts.length || !hasBegun(view, now)) return null;
  const lacking = others.reduce((left, one) => left - againOf(one), posting.headcount - view.expected);
  return lacking > 0 ? { shifts, lacking } : null;
}

const numberOf = ({ job: { job_id: id } }) => Number((/-r(\d+)$/.exec(id) || [0, 0])[1]);

// The posting for them: the same terms. Two clerks who post it at once name it alike, and the market takes one.
export function continuation({ job, posting, continued_by: others }, { shifts, lacking }) {
  const body = Object.assign({}, posting, {
    job_id: `${job.job_id.slice(0, LONGEST_ID)}-r${Math.max(0, ...others.map(numberOf)) + 1}`,
    shifts,
    headcount: lacking,
    continues: job.job_id,
  });
  for (const own of ["zone", "station_id", "posted_at", "expires_at"]) delete body[own];
  return body;
}
