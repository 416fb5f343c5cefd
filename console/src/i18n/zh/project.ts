/** 项目页面的文字：工作室、时间、数据。 */
import type { ProjectText } from "../en/project.ts";

export const project: ProjectText = {
  project: {
    branch: "分支",
    switchBranch: "切换分支",
    moment: "时刻",
    now: "现在",
    studio: "工作室",
    time: "时间",
    data: "数据",
    settings: "设置",
    path: "文件夹",
    connection: "连接串",
  },
};
