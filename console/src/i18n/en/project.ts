/** Words of a project's own pages: studio, time, data. */
export const project = {
  project: {
    branch: "Branch",
    switchBranch: "Switch branch",
    moment: "Moment",
    now: "now",
    studio: "Studio",
    time: "Time",
    data: "Data",
    settings: "Settings",
    path: "Folder",
    connection: "Connection string",
  },
};

export type ProjectText = typeof project;
