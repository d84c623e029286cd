// Runs checks one after the other, and prints a line of JSON for each: its name, and what went wrong if anything did.

const PATIENCE_MILLISECONDS = 20_000;

export async function run(checks) {
  for (const [name, check] of Object.entries(checks)) {
    let fault = null;
    try {
      await Promise.race([check(), patience()]);
    } catch (error) {
      fault = String(error.stack ?? error);
    }
    console.log(JSON.stringify({ name, fault }));
  }
  process.exit(0);
}

function patience() {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error("took too long")), PATIENCE_MILLISECONDS).unref();
  });
}

export function next(subscribe) {
  // Return the first value of a subscription. `subscribe` takes an observer and returns a function that stops it.
  return new Promise((resolve, reject) => {
    const stop = subscribe({
      next: (value) => {
        resolve(value);
        setTimeout(() => stop?.());
      },
      error: reject,
      complete: () => reject(new Error("ended without an event")),
    });
  });
}
