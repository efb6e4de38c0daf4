import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.HexFormat;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jsmpp.bean.*;
import org.jsmpp.extra.ProcessRequestException;
import org.jsmpp.session.*;
import org.jsmpp.util.DeliveryReceiptState;
import org.jsmpp.util.MessageIDGenerator;
import org.jsmpp.util.MessageId;
import org.jsmpp.util.RandomMessageIDGenerator;

/** Accepts one transceiver at a time, throttles the first part once, prints what it reads, and sends a receipt for each part. */
public class Centre implements ServerMessageReceiverListener {
    private static final int THROTTLED = 0x58;
    private final ScheduledExecutorService later = Executors.newScheduledThreadPool(2);
    private final MessageIDGenerator ids = new RandomMessageIDGenerator();
    private boolean throttled = false;

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        SMPPServerSessionListener listener = new SMPPServerSessionListener(port);
        System.out.println("listening");
        Centre centre = new Centre();
        while (true) {
            SMPPServerSession session = listener.accept();
            session.setMessageReceiverListener(centre);
            BindRequest bind = session.waitForBind(5000);
            System.out.println("bind " + bind.getBindType() + " " + bind.getSystemId() + " " + bind.getPassword() + " "
                + bind.getInterfaceVersion());
            bind.accept("centre", InterfaceVersion.IF_34);
        }
    }

    @Override
    public synchronized SubmitSmResult onAcceptSubmitSm(SubmitSm part, SMPPServerSession session) throws ProcessRequestException {
        if (!throttled) {
            throttled = true;
            throw new ProcessRequestException("throttled", THROTTLED);
        }
        MessageId id = ids.newMessageId();
        System.out.println("part " + part.getDestAddress() + " " + part.getDataCoding() + " " + part.isUdhi() + " "
            + SMSCDeliveryReceipt.SUCCESS_FAILURE.containedIn(part.getRegisteredDelivery()) + " "
            + HexFormat.of().formatHex(part.getShortMessage()));
        later.schedule(() -> receipt(session, part, id), 100, TimeUnit.MILLISECONDS);
        return new SubmitSmResult(id, new OptionalParameter[0]);
    }

    private void receipt(SMPPServerSession session, SubmitSm part, MessageId id) {
        try {
            DeliveryReceipt receipt =
                new DeliveryReceipt(id.getValue(), 1, 1, new Date(), new Date(), DeliveryReceiptState.DELIVRD, "000", "");
            session.deliverShortMessage("", TypeOfNumber.INTERNATIONAL, NumberingPlanIndicator.ISDN, part.getDestAddress(),
                TypeOfNumber.ALPHANUMERIC, NumberingPlanIndicator.UNKNOWN, part.getSourceAddr(),
                new ESMClass(MessageMode.DEFAULT, MessageType.SMSC_DEL_RECEIPT, GSMSpecificFeature.DEFAULT), (byte) 0, (byte) 0,
                new RegisteredDelivery(0), DataCodings.ZERO, receipt.toString().getBytes(StandardCharsets.ISO_8859_1));
        } catch (Exception problem) {
            System.out.println("no receipt: " + problem);
        }
    }

    @Override
    public QuerySmResult onAcceptQuerySm(QuerySm query, SMPPServerSession session) throws ProcessRequestException {
        throw new ProcessRequestException("no", 0x03);
    }

    @Override
    public SubmitMultiResult onAcceptSubmitMulti(SubmitMulti submit, SMPPServerSession session) throws ProcessRequestException {
        throw new ProcessRequestException("no", 0x03);
    }

    @Override
    public DataSmResult onAcceptDataSm(DataSm data, Session session) throws ProcessRequestException {
        throw new ProcessRequestException("no", 0x03);
    }

    @Override
    public void onAcceptCancelSm(CancelSm cancel, SMPPServerSession session) throws ProcessRequestException {
        throw new ProcessRequestException("no", 0x03);
    }

    @Override
    public void onAcceptReplaceSm(ReplaceSm replace, SMPPServerSession session) throws ProcessRequestException {
        throw new ProcessRequestException("no", 0x03);
    }

    @Override
    public BroadcastSmResult onAcceptBroadcastSm(BroadcastSm broadcast, SMPPServerSession session) throws ProcessRequestException {
        throw new ProcessRequestException("no", 0x03);
    }

    @Override
    public void onAcceptCancelBroadcastSm(CancelBroadcastSm cancel, SMPPServerSession session) throws ProcessRequestException {
        throw new ProcessRequestException("no", 0x03);
    }

    @Override
    public QueryBroadcastSmResult onAcceptQueryBroadcastSm(QueryBroadcastSm query, SMPPServerSession session)
        throws ProcessRequestException {
        throw new ProcessRequestException("no", 0x03);
    }
}
