/** How long something lasts, in digits that both languages read: 0:07, 12:30, 3:05:00. */
export function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0
    ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}`
    : `${minutes}:${pad(seconds % 60)}`;
}

export function timeOf(ms: number, language: string): string {
  return new Date(ms).toLocaleTimeString(language, { hour12: false });
}
