// Package app is the program: its commands, and how its parts are wired, started and stopped. It is the only place that
// knows everything.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/haochaping/haochaping/internal/config"
)

// commands are what the program can do.
type commands struct {
	Config settingsFlag `help:"JSON 格式的配置文件，键为选项名。" placeholder:"FILE"`

	ShowVersion kong.VersionFlag `name:"version" env:"-" help:"显示版本。"`

	Demo    demoCommand     `cmd:"" help:"在嵌入式数据库上演示全部主要功能，带样例数据。"`
	Serve   serveCommand    `cmd:"" help:"启动服务。"`
	Migrate migrateCommand  `cmd:"" help:"建立或升级数据库的表结构。"`
	App     appCommands     `cmd:"" help:"管理接入的应用。"`
	Key     keyCommands     `cmd:"" help:"管理密钥文件。"`
	Recount recountCommand  `cmd:"" help:"核对统计数与评价记录，有差异则退出码为 1。"`
	Erase   eraseCommand    `cmd:"" help:"按本人申请删除一个人的个人信息；统计数不变。"`
	Empty   emptyCommand    `cmd:"" help:"清空测试环境的评价和办件；正式环境拒绝。"`
	Bench   benchCommand    `cmd:"" help:"对运行中的服务压测，并逐条核对已确认的评价。"`
	Sign    signCommand     `cmd:"" help:"为一次请求生成签名请求头。"`
	QR      qrCommands      `cmd:"" name:"qr" help:"生成评价二维码：办件的、窗口的、整个大厅的。"`
	Import  importCommands  `cmd:"" help:"导入名单。"`
	Export  exportCommands  `cmd:"" help:"导出名单。"`
	Merge   mergeCommands   `cmd:"" help:"合并大厅或评价对象；部门、区划和事项用 import 合并。"`
	Affairs affairsCommands `cmd:"" help:"检查已办事项的来源（前置库），看同步的状态。"`
	Figures figuresCommands `cmd:"" help:"显示督导用的统计。"`
	Admin   adminCommands   `cmd:"" help:"管理后台的账号。"`
	Report  reportCommand   `cmd:"" help:"生成一个月的情况报告：可打印的网页和电子表格。"`
	Remarks remarksCommands `cmd:"" help:"再检查已公开的评价内容。"`
	Audit   auditCommands   `cmd:"" help:"核对、导出审计日志。"`
	Inspect inspectCommand  `cmd:"" help:"现在就检查最近各天的评价，找出异常线索；服务运行时会自动检查。"`
	Backup  backupCommands  `cmd:"" help:"备份运行中的数据库，核对备份。"`
	Restore restoreCommand  `cmd:"" help:"把备份恢复到空的数据库。"`
	Doctor  doctorCommand   `cmd:"" help:"检查设置、时钟、数据库、密钥、磁盘、来源，并说明该怎么做；有“坏”则退出码为 1。"`
	Health  healthCommand   `cmd:"" help:"问本机的服务是否正常，供容器探测；不正常则退出码为 1。"`
	Version versionCommand  `cmd:"" help:"显示版本。"`
}

// console is what a command has beside its flags.
type console struct {
	context.Context
	out, err io.Writer
	settings *settingsFile // nil where none is named
}

// printf writes to the person who gave the command; that his terminal is gone is no fault of ours.
func (c *console) printf(format string, arguments ...any) {
	_, _ = fmt.Fprintf(c.out, format, arguments...)
}

// exit is the error of a command that did its work, said what it found, and must end with a status.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// Main runs one command and gives the process's exit status: 0, 1 when it failed, 2 when the command line is wrong.
func Main(arguments []string, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	heedMemoryLimit(0)

	if slices.ContainsFunc(arguments, config.TellsPassword) {
		_, _ = fmt.Fprintln(errs, "haochaping: 数据库的密码不能写在命令行参数中，本机上人人可见。请放在环境变量 HAOCHAPING_DATABASE 的地址中，或用 --database-password-file 指定密码的文件")
		return 2
	}
	var cli commands
	status := -1
	c := &console{Context: ctx, out: out, err: errs}
	parser, err := newParser(&cli, c, func(code int) { status = code })
	if err != nil {
		panic(err) // our own commands always parse
	}
	command, err := parser.Parse(arguments)
	if status >= 0 { // --help, --version
		return status
	}
	if misspelt := c.settings.misspelt(parser.Model); misspelt != nil {
		_, _ = fmt.Fprintln(errs, "haochaping:", misspelt)
		if err == nil {
			if settings, is := selected(command).(interface{ Check() error }); is {
				report(ctx, settings.Check(), errs)
			}
			return 2
		}
	}
	if err != nil {
		_, _ = fmt.Fprintln(errs, "haochaping:", misuse(err))
		return 2
	}
	return report(ctx, command.Run(), errs)
}

// selected is the command that was given, with its settings; nil when there is none.
func selected(given *kong.Context) any {
	if given == nil || given.Selected() == nil {
		return nil
	}
	return given.Selected().Target.Addr().Interface()
}

// newParser makes what reads a command line into cli.
func newParser(cli *commands, c *console, exit func(code int)) (*kong.Kong, error) {
	parser, err := kong.New(cli,
		kong.Name("haochaping"), kong.Description(`政务服务"好差评"平台。每个选项也可用环境变量 HAOCHAPING_选项名 设置。`),
		kong.Writers(c.out, c.err), kong.Vars{"version": fullVersion()}, kong.Exit(exit),
		kong.DefaultEnvars("HAOCHAPING"), kong.Configuration(readSettingsFile), kong.Help(printHelp),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.ValueFormatter(optionHelp), kong.BindTo(c, (*context.Context)(nil)), kong.Bind(c))
	if err != nil {
		return nil, err
	}
	parser.Model.HelpFlag.Help = "显示用法。"
	return parser, nil
}

// report says why a command failed, and gives the process's exit status. A command that a signal ended did not fail.
func report(ctx context.Context, err error, errs io.Writer) int {
	var status exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		_, _ = fmt.Fprintln(errs, "haochaping: 已中断，没有做完")
		return 1
	}
	_, _ = fmt.Fprintln(errs, "haochaping:", words(err))
	return 1
}
