"""Files in the form in which Canvas and Moodle export them."""

# As Canvas exports its gradebook (Instructure's guides, "How do I export grades"): five columns about the student,
# each assignment with its number, a line of possible points, and its test student.
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,hw (77),Quiz (78)
"    Points Possible",,,,,10,5
"Lovelace, Ada",101,u1,ada,"CS, one",,4
"=1+1, Mallory",102,u2,mallory,CS,,
"Test, Zoe",103,u3,zoe,CS,,
"Student, Test",999,,9f3c,CS,,
"""
# As Moodle exports grades (docs.moodle.org, "Grade import": the form of the import is that of the export).
MOODLE = """\
First name,Last name,ID number,Institution,Department,Email address,Quiz: one
Ada,Lovelace,ada,,,ada@example.org,-
@Mal,=cmd|'/c calc'!A1,mallory,,,m@example.org,-
Zoe,Test,zoe,,,zoe@example.org,-
"""
