// What somebody can do: skills, and the occupations by which jobs of such work are called.

import { element } from "../dom.js";
import { words } from "../words.js";
import { checked, choice, group } from "./forms.js";
import { workerOccupations } from "./occupation.js";
import { isForAdults, occupationsOf, TRADES } from "./trades.js";

const USUAL_LEVEL = 2;

const skillName = (code) => (code in TRADES ? words(`station.skill.${code}`) : code);

// `before` is what they said last, {} for nothing; without `isSeen` there may be more of it.
export function kindsOfWork(form, before, isSeen) {
  const levels = new Map((before.skills || []).map(({ code, level }) => [code, level]));
  const skills = [...levels.keys()];
  const known = occupationsOf(skills);
  const others = workerOccupations((before.occupations || []).filter((code) => !known.includes(code)));
  const occupations = () => [...new Set([...occupationsOf(checked(form, "skills")), ...others.codes()])];
  return {
    needsAge: () => isForAdults(occupations()),
    boxes: [
      group("station.skills", "inline", "skills", ...[...new Set([...skills, ...Object.keys(TRADES)])].map((one) => choice("checkbox", "skills", one, skillName(one), skills.includes(one)))),
      others.box,
      element("p", { className: "note", text: words("station.kinds_note") }),
    ],
    said: () => {
      const chosen = checked(form, "skills");
      const said = { skills: chosen.map((code) => ({ code, level: levels.get(code) || USUAL_LEVEL })) };
      // Unseen, what they said before stays: the gateway has it. Whoever adds to it replaces it.
      return isSeen || others.codes().length ? Object.assign(said, { occupations: occupations() }) : said;
    },
  };
}
