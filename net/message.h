// The kinds of message that processes of one node send each other (net/link.h carries them).
// Bodies are JSON unless said otherwise. A receiver ignores and counts kinds that it does not know.
#pragma once

#include <cstdint>

namespace longmen {

enum class MessageKind : uint16_t {
  // Supervisor to role.
  kConfigure = 1,  // {"version":N,"node":{...},"channels":[...]}; the first one precedes all else
  kClock = 2,      // the media clock's current line, core/time/media_clock.h
  kListen = 3,     // {"name":"http"} and one descriptor: a bound, listening socket
  kLink = 4,       // {"peer":"relay","channel":"main"} and one descriptor: a link to that peer
  kStop = 5,       // finish within two seconds
  kCollect = 6,    // {"request":N}: answer with kMetrics

  // Role to supervisor.
  kReady = 32,    // the role serves
  kAlive = 33,    // empty; at least every 200 ms, from the thread whose hanging matters
  kStatus = 34,   // {"text":"...", ...}: what `longmen status` shows of the role, on change
  kMetrics = 35,  // u64 request, then Prometheus text
  // Ingest: {"channel":"main","input":"primary","up":true,"sender":"127.0.0.1:5000",
  //          "protocol":"rtmp"}
  kFeed = 36,
  kChannels = 37,  // control: {"channels":[...]}: the database's list, on start and on change
  kGather = 38,    // gateway: {"request":N}: wants one kGathered
  // Relay: {"channel":"main","source":"live"|"slate"|"none","generation":N,"viewers":N}, on change;
  // of viewers at most once a second. "rule" is the order that it obeys (core/node/air_order.h),
  // "preview" what the studio's preview shows: live is the feed.
  kOnAir = 39,
  // Relay, ingest, gateway and streamers: figures of channels for people to look at, once a second;
  // what of them is known, by the role's name: {"relay":[{"channel":"main",...}]}.
  kFigures = 40,

  // Supervisor to gateway and control.
  kGathered = 64,     // u64 request, then for each role: u8 name length, name, u32 length, text
  kNodeState = 65,    // {"roles":[...],"feeds":[...],"on_air":[...],"pictures":true,
                      //  "without_picture":["..."]}: on change
  kNodeFigures = 66,  // to control alone: a role's kFigures, as they came; nobody keeps them

  // Ingest to streamer (one channel a link, both of its inputs). Binary: core/feed/feed_unit.h.
  kFeedTrack = 96,
  kFeedUnit = 97,
  kFeedEnd = 98,    // the sender is gone; what was sent before is the end of its picture
  kFeedAgain = 99,  // streamer to ingest: empty; tracks and the units since the last keyframe again
  kFeedErrors = 100,  // at most every 200 ms an input

  // Streamer to relay and gateway (one channel a link); to the gateway without Opus.
  kGeneration = 128,  // {"generation":N,"renditions":[{"id":0,"name":"720p","kind":"video",
                      //  "width":1280,"height":720,"fps":30,"kbps":2000,"codec":"avc1.64001f"}]}
  kMediaUnit = 129,   // binary: core/media/media_unit.h
  kKeyframeRequest = 130,  // relay to streamer: empty; at most once a second
  // To the relay alone: the same of the preview of one input, core/media/preview_message.h.
  kPreviewGeneration = 131,
  kPreviewUnit = 132,
  kPreviewsWanted = 133,  // relay to streamer: {"inputs":["primary"]}, those that somebody watches
  // Streamer to relay, while a programme is held before it airs: the same generation and units of
  // it
  // for the studio, as they are made and with that time.
  kProgrammeGeneration = 134,
  kProgrammeUnit = 135,

  // Gateway to relay (signalling), answered by the same request number. kLeave and kRestartIce also
  // gateway to ingest, with the session of a WHIP sender in the viewer's place.
  kJoin = 160,  // what of the offer matters, core/node/join.h
  kJoined = 161,
  kLeave = 162,  // {"request":N,"channel":"main","viewer":"..."}
  kLeft = 163,   // {"request":N,"found":true,"busy":false}
  kRestartIce =
      164,  // {"request":N,"channel":"main","viewer":"...","etag":"...","ufrag":"...","pwd":"..."}
  kIceRestarted = 165,
  kSelect = 166,  // {"request":N,"channel":"main","viewer":"...","rendition":"480p"}
  kSelected = 167,

  // Gateway to ingest: a sender comes in by WHIP.
  kPublish = 168,    // core/node/publish.h
  kPublished = 169,  // a JoinAnswer
};

}  // namespace longmen
