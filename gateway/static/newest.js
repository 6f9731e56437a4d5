// Answers of one kind, the newest only: what comes after a later answer is old and shows nothing.

// Gives a function that waits for an answer; of an old one, good or bad, it gives undefined.
export function newest() {
  let asked = 0;
  let answered = 0;
  return async (promise) => {
    asked += 1;
    const number = asked;
    try {
      const answer = await promise;
      if (number < answered) return undefined;
      answered = number;
      return answer;
    } catch (error) {
      if (number < answered) return undefined;
      throw error;
    }
  };
}
