/** Something that will happen. Call `cancel` and it will not. */
export interface Planned {
  cancel(): void;
}

interface Event extends Planned {
  readonly time: number;
  /** Events of the same moment happen in the order in which they were planned. */
  readonly order: number;
  run: (() => void) | undefined;
}

/** Virtual time: nothing happens between two events, so a night takes no longer than its events. */
export class Clock {
  /** A binary heap, earliest event first. */
  readonly #heap: Event[] = [];
  #now: number;
  #order = 0;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  /** Milliseconds since the epoch. */
  get now(): number {
    return this.#now;
  }

  /** Plans something for `delayMs` from now; never before now. */
  after(delayMs: number, run: () => void): Planned {
    return this.at(this.#now + Math.max(0, Math.round(delayMs)), run);
  }

  /** Plans something for a moment, or for now where that moment has passed. */
  at(time: number, run: () => void): Planned {
    const event: Event = {
      time: Math.max(time, this.#now),
      order: this.#order++,
      run,
      cancel() {
        event.run = undefined;
      },
    };
    this.#push(event);
    return event;
  }

  /** Lets everything happen that is planned up to and including a moment. */
  advanceTo(time: number): void {
    for (let first = this.#heap[0]; first !== undefined && first.time <= time; first = this.#heap[0]) {
      this.#pop();
      if (first.run === undefined) continue;
      this.#now = first.time;
      first.run();
    }
    this.#now = Math.max(this.#now, time);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (before(heap[parent] as Event, event)) break;
      heap[at] = heap[parent] as Event;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && before(heap[right] as Event, heap[left] as Event) ? right : left;
      if (before(last, heap[child] as Event)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
  }
}

function before(a: Event, b: Event): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
