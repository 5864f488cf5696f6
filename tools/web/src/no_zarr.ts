// In place of zarrita, with which NiiVue reads stores on servers: this page reads none.
function none(): never {
  throw new Error("this page reads no store");
}
export class FetchStore {
  constructor() {
    none();
  }
}
export const get = none;
export const open = Object.assign(none, { v2: none, v3: none });
export const root = none;
export const slice = none;
