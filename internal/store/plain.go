package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// refusals are PostgreSQL's reasons to let nobody in, or nobody write (its manual, appendix A).
var refusals = map[string]string{
	"25006": "数据库只能读，不能写（可能是备库）：请把 database 指向主库",
	"28000": "数据库不接受这个账号，请核对账号和数据库的 pg_hba.conf",
	"28P01": "数据库不接受这个密码",
	"3D000": "数据库服务器上没有这个库，请核对库名，或先建库",
	"42501": "这个账号的权限不够：库应归它所有（ALTER DATABASE 库 OWNER TO 账号）",
	"53100": "数据库服务器的磁盘已满，请腾出空间",
	"53300": "数据库的连接已满，请稍后再试",
	"57014": "数据库没有在限定的时间内做完：可能太忙，或有别的操作占着数据，请稍后再试",
	"57P03": "数据库正在启动或停止，请稍后再试",
}

// unusable are SQLite's reasons why a file can't be used.
var unusable = map[int]string{
	sqlite3.SQLITE_CANTOPEN: "打不开数据库文件，请看目录是否存在、有没有权限",
	sqlite3.SQLITE_NOTADB:   "这个文件不是 SQLite 数据库，请核对 database",
	sqlite3.SQLITE_CORRUPT:  "数据库文件已损坏，请从备份恢复",
	sqlite3.SQLITE_FULL:     "磁盘已满，请腾出空间",
	sqlite3.SQLITE_IOERR:    "读写数据库文件出错，磁盘可能已满或有故障",
	sqlite3.SQLITE_READONLY: "数据库文件只能读，不能写，请看权限",
	sqlite3.SQLITE_BUSY:     "另一个进程正占用数据库，请稍后再试",
}

// Plainly says in Chinese why a database can't be used, for who gave a command; empty when err is about something else.
func Plainly(err error) string {
	var answer *pgconn.PgError
	if errors.As(err, &answer) && refusals[answer.Code] != "" {
		return refusals[answer.Code]
	}
	var away *pgconn.ConnectError
	if errors.As(err, &away) {
		return "连不上数据库，请核对地址和网络，以及数据库是否在运行"
	}
	if errors.Is(err, errMoved) {
		return "数据库文件在使用中被移走、替换或删除，什么也没有保存：请放回原处，或停下服务再启动"
	}
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		return unusable[failure.Code()&0xff]
	}
	return ""
}
