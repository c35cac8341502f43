package followup

import "time"

// Event is one change of a case: who, when, from where to where, why. There is one for each version.
type Event struct {
	Serial  string
	Slot    int
	Version int
	At      time.Time
	Party   Party
	// Actor is a login and Name what he was called then; both are empty for reviewers and time.
	Actor, Name string
	Move        Move
	From, To    State
	// Words are a reason or a text, at most MaxWords characters; they are kept sealed, for they may name people.
	Words string
	// Claim is that of an appeal. Reached says whether who was called was there; Assignee who a case was assigned to.
	Claim    Claim
	Reached  bool
	Assignee string

	// Sealed are the words as they are kept; only the store and the service that seals them look at it.
	Sealed []byte
}

// MaxWords is the most characters of a reason or a text.
const MaxWords = 500

// Claim is what an appeal says of a review.
type Claim string

// Claims.
const (
	Mistaken  Claim = "mistaken"  // 误评
	Malicious Claim = "malicious" // 恶意评价
)

var claimWords = map[Claim]string{Mistaken: "误评", Malicious: "恶意评价"}

// Word is the claim's name for people; empty for what is none.
func (c Claim) Word() string { return claimWords[c] }

// News is something about a case that people are told of: a job of the kind JobKind, whose payload is CaseNews as JSON.
type News string

// News.
const (
	NewsOpened     News = "opened"     // 新工单
	NewsDueSoon    News = "due_soon"   // 即将到期
	NewsSupervised News = "supervised" // 超过时限或被督办
	NewsAppealed   News = "appealed"   // 有申诉待复核
	NewsDecided    News = "decided"    // 申诉有了结果
	NewsReopened   News = "reopened"   // 评价人不满意，重新处理
	NewsTakenOver  News = "taken_over" // 由上级接办
	NewsAssigned   News = "assigned"   // 指派
	NewsClosed     News = "closed"     // 办结
)

// JobKind is the kind of jobs that tell of cases.
const JobKind = "case"

// CaseNews is the payload of such a job.
type CaseNews struct {
	Serial string `json:"serial"`
	Event  News   `json:"event"`
}

// Change is what becomes of a case: the case as it is to be, the event, evidence, and who is to be told. A Change without an
// event leaves the version as it is.
type Change struct {
	Case  Case
	Event *Event
	Files []SealedFile
	News  []News
	// Withdrawn is why the review leaves the figures; empty when it doesn't.
	Withdrawn string
}

// SealedFile is evidence as it is kept.
type SealedFile struct {
	ID   string // random, of the file alone
	Kind FileKind
	Size int // of the content in the clear, in bytes
	// Name and Content are sealed.
	Name, Content []byte
	At            time.Time
	Actor         string // a login
}
