/** The phases of long work, where the daemon's word for one says little by itself. */
export const phases: Readonly<Record<string, string>> = {
  barrier: "Holding database and files still together",
  claim: "Making room",
  condemn: "Setting it apart",
  database: "Bringing the database",
  files: "Bringing the files",
  forget: "Forgetting it",
  look: "Comparing files",
  mark: "Noting the present, for undo",
  open: "Opening it",
  record: "Writing it down",
  recover: "Recovering the database beside the present one",
  remove: "Removing it",
  start: "Starting the database",
  stop: "Stopping the database",
  swap: "Switching over",
};
