// The kinds of work a counter has a switch for, and what the national list of occupations calls jobs of them:
// a job goes by the name of its title, a worker by what they can do, and these have to meet.

const FARMING = ["5-01-02-01", "5-01-02-02"];
const BUILDING = ["6-29-01-01", "6-29-01-03", "6-29-01-04", "6-29-02-03"];
const CARRYING = ["4-02-05-01"];

export const TRADES = {
  tea_picking: FARMING,
  vegetable_farming: FARMING,
  strawberry_picking: FARMING,
  building_help: BUILDING,
  masonry: [...BUILDING, "6-29-04-01"],
  electrician: ["6-31-01-03", "6-29-03-02", "6-31-01-10"],
  loading: CARRYING,
  factory_work: ["6-31-05-00", "6-31-00-00", "6-00-00-00", "4-02-06-02"],
  cleaning: ["4-09-08-01", "4-10-01-06"],
  restaurant: ["4-03-02-05", "4-03-02-00"],
  cooking: ["4-03-02-01", "4-03-02-02", "4-03-02-00"],
  hotel_service: ["4-03-01-02", "4-03-01-03"],
  elder_care: ["4-10-01-05", "4-14-01-02"],
  security: ["4-07-05-01"],
  porter: CARRYING,
};

// The groups of occupations that the law opens at eighteen, as the market's limits have them: somebody without a
// year of birth is not offered any.
export const ADULT = ["4-02-05-01", "5-02-03-01", "5-02-04", "6-16-01", "6-29-01", "6-29-02", "6-29-03-02"];

export const isForAdults = (occupations) => occupations.some((code) => ADULT.some((group) => code.startsWith(group)));

// The occupations of skills, those without any left out.
export const occupationsOf = (skills) => [...new Set([].concat(...skills.map((code) => TRADES[code] || [])))];
