import { H2Error } from "./h2-error.ts";
import { defaultMaxFrame, ErrorCode, maxWindow, Setting } from "./protocol.ts";

/** The payload of a SETTINGS frame, in the order given. */
export function writeSettings(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(settings.length * 6);
  for (const [index, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return payload;
}

/** The settings of a payload in their order, unknown ones included. Throws an H2Error for what no peer may say (RFC 9113, section 6.5.2). */
export function readSettings(payload: Buffer): readonly (readonly [id: number, value: number])[] {
  if (payload.length % 6 !== 0) throw new H2Error(ErrorCode.frameSize, "the peer sent SETTINGS that are cut off");
  const settings: (readonly [number, number])[] = [];
  for (let at = 0; at < payload.length; at += 6) {
    const id = payload.readUInt16BE(at);
    const value = payload.readUInt32BE(at + 2);
    checkSetting(id, value);
    settings.push([id, value]);
  }
  return settings;
}

function checkSetting(id: number, value: number): void {
  if (id === Setting.initialWindowSize && value > maxWindow)
    throw wrong(ErrorCode.flowControl, "initial window", value);
  if (id === Setting.maxFrameSize && (value < defaultMaxFrame || value > 0xff_ffff)) {
    throw wrong(ErrorCode.protocol, "largest frame", value);
  }
  if (id === Setting.enablePush && value > 1) throw wrong(ErrorCode.protocol, "push", value);
}

function wrong(code: number, what: string, value: number): H2Error {
  return new H2Error(code, `the peer's SETTINGS have the ${what} ${value}`);
}
