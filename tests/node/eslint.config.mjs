// The pages' JavaScript as a phone of 2019 must read it: its syntax, and the APIs it calls.

import compat from "eslint-plugin-compat";
import globals from "globals";

// Methods of elements and strings that came later: the linter cannot know what they are called on.
const LATER = ["replaceChildren", "replaceAll", "matchAll", "allSettled", "fromEntries", "hasOwn"];

export default [
  { ignores: ["gateway/static/vendor/**"] },
  {
    ...compat.configs["flat/recommended"],
    files: ["gateway/static/**/*.js"],
    languageOptions: { ecmaVersion: 2018, sourceType: "module", globals: globals.browser },
    settings: { browsers: ["chrome 70", "ios_saf 12.2"] },
    rules: {
      "compat/compat": "error",
      eqeqeq: ["error", "always"],
      "no-console": "error",
      "no-restricted-properties": ["error", ...LATER.map((property) => ({ property }))],
      "no-undef": "error",
      "no-unused-vars": "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];
