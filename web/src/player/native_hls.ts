/** Whether the browser has a player of HLS of its own, as those without Media Source Extensions do: iPhones before iOS 17.1, televisions. */
export const playsHls = (video: HTMLVideoElement): boolean => video.canPlayType('application/vnd.apple.mpegurl') !== '';
