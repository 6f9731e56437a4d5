// Phone and ID numbers where an id or a title is wanted. The gateway refuses them; here they get no further than
// their field: not into an address, and not into what the browser keeps. Nothing of a page is in here.

const SEPARATORS = /[\s.()+-]/g;
const COUNTRY = "(?:(?:00)?86[ -]?)?";
const WHOLE = /^(?:(?:00)?86)?1[3-9]\d{9}$/;
// In one run, or as 3-4-4 with the same sign between: other groups of digits are pay and hours.
const PHONE = new RegExp(`(?:^|\\D)${COUNTRY}1[3-9]\\d(?:\\d{8}|([ .])\\d{4}\\1\\d{4}|(?: ?--? ?\\d{4}){2})(?!\\d)`);
// GB 11643: region, date of birth, serial number, check character. An employer's code of 18 characters is none.
const ID_NUMBER = /(?:^|\D)([1-8]\d{5}(?:19\d\d|20[01]\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX])(?!\d)/i;
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = "10X98765432";

const isChecked = (number) => CHECKS[WEIGHTS.reduce((sum, weight, n) => sum + weight * Number(number[n]), 0) % 11] === number[17].toUpperCase();

export function isPersonal(text) {
  const plain = text.normalize("NFKC");
  if (WHOLE.test(plain.replace(SEPARATORS, "")) || PHONE.test(plain)) return true;
  const found = ID_NUMBER.exec(plain);
  return found !== null && isChecked(found[1]);
}

// The first field of a command's body that holds one, as the gateway would name it; "" for none.
export function personalField(body, path = "") {
  if (typeof body === "string") return isPersonal(body) ? path : "";
  if (body === null || typeof body !== "object") return "";
  const pathOf = (name) => (Array.isArray(body) ? `${path}[${name}]` : path ? `${path}.${name}` : name);
  return Object.keys(body).map((name) => personalField(body[name], pathOf(name))).find(Boolean) || "";
}
