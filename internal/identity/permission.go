package identity

import "slices"

// Role is what a member of staff is to the platform. Its text is what the database holds.
type Role string

// Roles, from above (issue: console).
const (
	Province   Role = "province"   // 省级管理员
	Regional   Role = "region"     // 区域管理员
	Department Role = "department" // 部门管理员
	Hall       Role = "hall"       // 大厅管理员
	Handler    Role = "handler"    // 工单处理员
	Auditor    Role = "auditor"    // 审计员: sees all, changes nothing
)

// Roles are all roles, from above.
func Roles() []Role { return []Role{Province, Regional, Department, Hall, Handler, Auditor} }

var roleNames = map[Role]string{
	Province: "省级管理员", Regional: "区域管理员", Department: "部门管理员", Hall: "大厅管理员", Handler: "工单处理员", Auditor: "审计员",
}

// Name is what people call a role; empty for none of ours.
func (r Role) Name() string { return roleNames[r] }

// Known says whether it is one of ours.
func (r Role) Known() bool { return roleNames[r] != "" }

// MustUseTOTP says whether a role needs a second factor (domain.md 8): all that administer or see everything.
func (r Role) MustUseTOTP() bool { return r != Handler }

// makes is whose accounts a role may create and change: never above itself.
var makes = map[Role][]Role{
	Province:   {Province, Regional, Department, Hall, Handler, Auditor},
	Regional:   {Regional, Department, Hall, Handler},
	Department: {Department, Hall, Handler},
	Hall:       {Hall, Handler},
}

// Makes are the roles whose accounts a role may create and change, from above; none for handlers and auditors.
func (r Role) Makes() []Role { return makes[r] }

// Action is something that a member of staff may do or not.
type Action string

// Actions. Those that begin with see change nothing.
const (
	SeeHome         Action = "see home"
	OwnAccount      Action = "own account"   // one's own password, second factor and sessions
	SeeReviews      Action = "see reviews"   // masked
	UnmaskReview    Action = "unmask review" // one field in the clear, with a reason, audited
	Export          Action = "export"        // lists as files, masked as on the screen
	SeeCases        Action = "see cases"
	HandleCases     Action = "handle cases" // verify, rectify, explain, call back, appeal
	AssignCases     Action = "assign cases"
	DecideCases     Action = "decide cases" // appeals, and what is supervised
	SeeFigures      Action = "see figures"
	SeeVenues       Action = "see venues"
	ChangeVenues    Action = "change venues"
	SeeApps         Action = "see apps"
	ChangeApps      Action = "change apps"
	SeeTags         Action = "see tags"
	ChangeTags      Action = "change tags"
	SeeRegisters    Action = "see registers" // regions, departments, items
	ChangeRegisters Action = "change registers"
	SeeSources      Action = "see sources" // completed affairs
	ChangeSources   Action = "change sources"
	SeeModeration   Action = "see moderation"
	Moderate        Action = "moderate"       // publish, mask, withhold
	ChangeWords     Action = "change words"   // the list of sensitive words
	SeeFindings     Action = "see findings"   // of reviews that people may not have given of their own
	JudgeFindings   Action = "judge findings" // confirm, dismiss, take back; tell officers' numbers
	SeeStaff        Action = "see staff"
	ChangeStaff     Action = "change staff"
	SeeSettings     Action = "see settings"
	ChangeSettings  Action = "change settings"  // the platform's own
	ChangeDeadlines Action = "change deadlines" // of one's scope
	ChangeNotices   Action = "change notices"   // subscriptions of one's scope
	SeeAudit        Action = "see audit"        // search, export, verify
	SeeErasures     Action = "see erasures"     // requests to be forgotten, without the number
	Erase           Action = "erase"            // take such a request and confirm it
)

// permissions is the one table of who may do what. Every action is further bounded by the person's scope.
var permissions = map[Action][]Role{
	SeeHome:    {Province, Regional, Department, Hall, Handler, Auditor},
	OwnAccount: {Province, Regional, Department, Hall, Handler, Auditor},

	SeeReviews:   {Province, Regional, Department, Hall, Handler, Auditor},
	UnmaskReview: {Province, Regional, Department, Hall, Handler},
	Export:       {Province, Regional, Department, Hall, Auditor},

	SeeCases:    {Province, Regional, Department, Hall, Handler, Auditor},
	HandleCases: {Province, Regional, Department, Hall, Handler},
	AssignCases: {Province, Regional, Department, Hall},
	DecideCases: {Province, Regional, Department},

	SeeFigures: {Province, Regional, Department, Hall, Handler, Auditor},

	SeeVenues:    {Province, Regional, Department, Hall, Auditor},
	ChangeVenues: {Province, Regional, Hall},

	SeeApps:    {Province, Auditor},
	ChangeApps: {Province},

	SeeTags:    {Province, Regional, Department, Hall, Auditor},
	ChangeTags: {Province},

	SeeRegisters:    {Province, Regional, Department, Auditor},
	ChangeRegisters: {Province, Regional},

	SeeSources:    {Province, Regional, Auditor},
	ChangeSources: {Province},

	SeeModeration: {Province, Regional, Department, Auditor},
	Moderate:      {Province, Regional, Department},
	ChangeWords:   {Province},

	SeeFindings:   {Province, Regional, Department, Auditor},
	JudgeFindings: {Province, Regional, Department},

	SeeStaff:    {Province, Regional, Department, Hall, Auditor},
	ChangeStaff: {Province, Regional, Department, Hall},

	SeeErasures: {Province, Auditor},
	Erase:       {Province},

	SeeSettings:     {Province, Regional, Department, Hall, Auditor},
	ChangeSettings:  {Province},
	ChangeDeadlines: {Province, Regional, Department},
	ChangeNotices:   {Province, Regional, Department, Hall},

	SeeAudit: {Province, Auditor},
}

// May says whether a role may do it at all.
func (r Role) May(action Action) bool { return slices.Contains(permissions[action], r) }
