// What /proc says of a process, or of one of its threads.
import { readFileSync, readdirSync } from 'node:fs';

const kTicks = 100; // a second, of /proc/PID/stat on every Linux

const fields = (path) => readFileSync(`/proc/${path}/stat`, 'latin1').split(') ').at(-1).split(' ').map(Number);

// Of processor time, by all its threads; or by the one thread.
export function processorSeconds(pid, thread) {
  const all = fields(thread ? `${pid}/task/${thread}` : pid);
  return (all[11] + all[12]) / kTicks;
}

export function residentBytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) * 1024;
}

// The threads of that name.
export function threadsNamed(pid, name) {
  return readdirSync(`/proc/${pid}/task`).filter((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim() === name);
}
