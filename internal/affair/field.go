package affair

import "time"

// Field is one field of a completed affair: how it is called and what it may hold (3.4.2.4, domain.md 7).
type Field struct {
	Name     string   // on the wire
	Title    string   // in a list
	Aliases  []string // other titles of lists
	Most     int      // characters, after trimming; 0 for times and numbers
	Required bool
	Personal bool // sealed, and shown masked

	text    func(*Affair) *string
	code    bool // a text that counts are kept or persons found by: no control characters
	number  func(*Affair) **int
	top     int    // the greatest number
	meaning string // what would be right, for a number
	moment  func(*Affair) *time.Time
}

// IsTime says whether the field holds a time, IsNumber whether it holds a whole number.
func (f *Field) IsTime() bool { return f.moment != nil }

// IsNumber says whether the field holds a whole number.
func (f *Field) IsNumber() bool { return f.number != nil }

// Value is the field's text of an affair, as it would be read again; empty when it was not told.
func (f *Field) Value(a *Affair) string {
	switch {
	case f.text != nil:
		return *f.text(a)
	case f.moment != nil:
		return formatMoment(*f.moment(a))
	default:
		return formatNumber(*f.number(a))
	}
}

// fields is the one table of fields.
var fields = []Field{
	{Name: "affairSerialNo", Title: "办件编号", Aliases: []string{"办件流水号", "业务流水号", "申办流水号", "办件编码", "projectNo"}, Most: 50, Required: true, code: true, text: func(a *Affair) *string { return &a.SerialNo }},
	{Name: "affairCode", Title: "实施清单编码", Aliases: []string{"事项编码", "实施编码", "事项实施编码", "taskCode"}, Most: 32, Required: true, code: true, text: func(a *Affair) *string { return &a.ItemCode }},
	{Name: "affairName", Title: "事项名称", Aliases: []string{"taskName"}, Most: 100, text: func(a *Affair) *string { return &a.ItemName }},
	{Name: "departmentCode", Title: "部门编码", Aliases: []string{"部门代码", "deptCode"}, Most: 32, code: true, text: func(a *Affair) *string { return &a.DepartmentCode }},
	{Name: "departmentName", Title: "部门名称", Aliases: []string{"单位名称", "deptName"}, Most: 100, text: func(a *Affair) *string { return &a.DepartmentName }},
	{Name: "regionCode", Title: "区划编码", Aliases: []string{"行政区划编码", "区划代码", "行政区划代码", "所属区划编码", "areaCode"}, Most: 12, code: true, text: func(a *Affair) *string { return &a.RegionCode }},
	{Name: "hallCode", Title: "大厅编码", Aliases: []string{"大厅代码"}, Most: 20, code: true, text: func(a *Affair) *string { return &a.HallCode }},
	{Name: "windowCode", Title: "窗口编码", Most: 20, code: true, text: func(a *Affair) *string { return &a.WindowCode }},
	{Name: "workNo", Title: "工号", Aliases: []string{"工作人员工号"}, Most: 32, code: true, text: func(a *Affair) *string { return &a.WorkNo }},
	{Name: "affairDealOfficer", Title: "受理人", Aliases: []string{"事项受理人", "工作人员姓名", "经办人"}, Most: 50, Personal: true, text: func(a *Affair) *string { return &a.OfficerName }},
	{Name: "affairResult", Title: "办理结果", Most: 50, text: func(a *Affair) *string { return &a.Result }},
	{Name: "userType", Title: "申请人类型", top: 1, meaning: "应为整数 0（个人）或 1（法人）", number: func(a *Affair) **int { return &a.UserType }},
	{Name: "certificateType", Title: "证件类型", Aliases: []string{"申请人证件类型"}, top: 999, meaning: "应为 0 到 999 的整数", number: func(a *Affair) **int { return &a.CertificateType }},
	{Name: "affairApplyTime", Title: "受理时间", Aliases: []string{"事项受理时间", "受理日期", "申请时间"}, moment: func(a *Affair) *time.Time { return &a.ApplyTime }},
	{Name: "affairDoneTime", Title: "办结时间", Aliases: []string{"事项办结时间", "办结日期"}, Required: true, moment: func(a *Affair) *time.Time { return &a.DoneTime }},
	{Name: "userId", Title: "用户标识", Aliases: []string{"统一身份认证uid"}, Most: 32, Personal: true, code: true, text: func(a *Affair) *string { return &a.UserID }},
	{Name: "userName", Title: "申请人姓名", Aliases: []string{"申请人", "申请人名称"}, Most: 50, Personal: true, text: func(a *Affair) *string { return &a.UserName }},
	{Name: "contactPhone", Title: "手机号码", Aliases: []string{"申请人手机号码", "手机号", "联系电话"}, Most: 50, Personal: true, code: true, text: func(a *Affair) *string { return &a.ContactPhone }},
	{Name: "certificateNo", Title: "证件号码", Aliases: []string{"证件编号", "申请人证件号码", "身份证号", "身份证号码"}, Most: 50, Personal: true, code: true, text: func(a *Affair) *string { return &a.CertificateNo }},
}

// Fields is the table of fields, in the order in which lists are written. Nobody may change it.
func Fields() []Field { return fields }

// FieldByTitle finds a field by its wire name, its title or an alias, whatever the case; nil when there is none.
func FieldByTitle(title string) *Field { return byTitle[normalTitle(title)] }

var byTitle = func() map[string]*Field {
	found := map[string]*Field{}
	for i := range fields {
		f := &fields[i]
		for _, title := range append([]string{f.Name, f.Title}, f.Aliases...) {
			found[normalTitle(title)] = f
		}
	}
	return found
}()
