// The ways on which a worker is told of offers, in the order in which they are tried.

export const CHANNELS = ["call", "screen", "page", "sms", "webhook"];
const CAN_FAIL = ["webhook", "sms"];

// The order is a preference: what was chosen before keeps its own. Of what is new, that which can fail
// comes first: whatever stands behind a call is never tried.
export function inOrder(chosen, before) {
  const kept = before.filter((one) => chosen.includes(one));
  const isNew = (one) => chosen.includes(one) && !before.includes(one);
  const safe = CHANNELS.filter((one) => !CAN_FAIL.includes(one));
  return [...CAN_FAIL.filter(isNew), ...kept, ...safe.filter(isNew)];
}
